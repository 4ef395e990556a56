"""The page that people see."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for

from .. import statistics
from ..extensions import db
from ..models import Entry
from .forms import EntryForm

main = Blueprint("main", __name__)


@main.route("/", methods=["GET", "POST"])
def index():
    form = EntryForm()
    if form.validate_on_submit():
        place = form.place.data or None
        db.session.add(Entry(author=form.author.data, place=place, text=form.text.data))
        db.session.commit()
        statistics.count_later()
        return redirect(url_for("main.index"))
    status = 400 if form.errors else 200
    shown = {"entries": Entry.newest(), "statistics": statistics.shown()}
    return render_template("index.html", form=form, **shown), status
