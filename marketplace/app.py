"""Where everything meets: extensions, pages, error pages, commands."""

import importlib
import logging
import pkgutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from flask import Blueprint, Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace import cli, console, web
from marketplace.core import settings, signing
from marketplace.core.db import db
from marketplace.documents import clamav, storage
from marketplace.documents.places import Bucket
from marketplace.documents.sealing import Keys
from marketplace.search import site
from marketplace.web import errors, incoming, limits, locale, presentation, security, session

ROOT = Path(__file__).parent.parent
migrate = Migrate()


def create_app(config: Mapping[str, Any]) -> Flask:
    """The application on a configuration (see config.load)."""
    app = Flask(
        __name__,
        template_folder=str(ROOT / "templates"),
        static_folder=None,
        instance_path=str(Path(config["INSTANCE_DIR"]).absolute()),
    )
    app.config.from_mapping(config)
    incoming.init_app(app)
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    settings.configure(config)
    signing.configure(config["SECRET_KEY"])
    _configure_files(config)
    site.configure(Path(config["SEARCH_DIR"]))
    _configure_logs()
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    if config.get("PROXIES"):
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config["PROXIES"], x_proto=config["PROXIES"]
        )
    limits.init_app(app)
    for part in (session, locale, presentation, security, errors, cli):
        part.init_app(app)
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    return app


def _configure_files(config: Mapping[str, Any]) -> None:
    """Where files lie, under which keys, and who looks for viruses."""
    bucket = Bucket(
        config["S3_BUCKET"],
        endpoint=config["S3_ENDPOINT"],
        region=config["S3_REGION"],
        prefix=config["S3_PREFIX"],
    )
    storage.configure(
        Path(config["DOCUMENTS_DIR"]),
        bucket=bucket if config["S3_BUCKET"] else None,
        keys=Keys.read(config["DOCUMENTS_KEY"], config["DOCUMENTS_OLD_KEYS"]),
    )
    clamav.configure(config["CLAMAV_ADDRESS"])


def _blueprints() -> list[Blueprint]:
    """The `bp` of every module of web and console."""
    found = []
    for package in (web, console):
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            loaded = importlib.import_module(f"{package.__name__}.{module.name}")
            if isinstance(getattr(loaded, "bp", None), Blueprint):
                found.append(loaded.bp)
    return found


def _configure_logs() -> None:
    """One JSON object a line, on standard error; no personal data goes in."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
