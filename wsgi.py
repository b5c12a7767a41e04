"""The door for WSGI servers and the flask command."""

import config
from marketplace.app import create_app

app = create_app(config.load())
