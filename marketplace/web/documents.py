"""Handing out files: only to those who may read them, and never as a page of ours."""

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from marketplace.documents import queries as documents
from marketplace.documents import storage
from marketplace.documents.models import Document, Visibility
from marketplace.web.session import current_actor

bp = Blueprint("documents", __name__)


@bp.get("/documents/<int:document_id>")
def download(document_id: int) -> ResponseReturnValue:
    """The file as it was put down, to save; a browser is told to run nothing of it."""
    return handed_out(documents.get(current_actor(), document_id))


def handed_out(document: Document) -> Response:
    """The response that carries a file; callers have proved that its reader may have it."""
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
