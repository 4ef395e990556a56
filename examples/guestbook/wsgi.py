"""The entry point for Gunicorn and the flask command: wsgi:app."""

from guestbook import create_app

app = create_app()
