"""Handing out files: only to those who may read them, and never as a page of ours."""

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from marketplace.documents import queries as documents
from marketplace.documents import storage
from marketplace.documents.models import Visibility
from marketplace.web.session import current_actor

bp = Blueprint("documents", __name__)


@bp.get("/documents/<int:document_id>")
def download(document_id: int) -> ResponseReturnValue:
    """The file as it was put down, to save; a browser is told to run nothing of it."""
    document = documents.get(current_actor(), document_id)
    response = send_file(
        storage.open_file(document.sha256),
        mimetype=document.media_type,
        as_attachment=True,
        download_name=document.filename,
        etag=document.sha256,
        last_modified=document.created_at,
    )
    response.content_length = document.size
    public = document.visibility is Visibility.PUBLIC
    response.headers["Cache-Control"] = "no-cache" if public else "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
