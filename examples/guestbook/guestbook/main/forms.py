from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from ..models import Entry


class EntryForm(FlaskForm):
    author = StringField("Your name", validators=[DataRequired(), Length(max=Entry.AUTHOR_LENGTH)])
    place = StringField("Where from", validators=[Length(max=Entry.AUTHOR_LENGTH)])
    text = TextAreaField("Your words", validators=[DataRequired(), Length(max=Entry.TEXT_LENGTH)])
