"""Asynchronous work from a test, whichever test ran before it."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def in_a_loop(work):
    """To its end in a thread of its own: a browser test may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
