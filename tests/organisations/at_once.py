"""Several transactions at the same moment."""

import threading

from marketplace.core.db import db, transaction
from marketplace.core.errors import Refused


def at_once(app, *jobs) -> list[str]:
    """Run jobs in threads, each in its own transaction; what each came to."""
    barrier, outcomes = threading.Barrier(len(jobs)), []

    def run(job) -> None:
        with app.app_context():
            barrier.wait()
            try:
                with transaction():
                    job()
            except Refused as refusal:
                outcomes.append(refusal.code)
            else:
                outcomes.append("done")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)
