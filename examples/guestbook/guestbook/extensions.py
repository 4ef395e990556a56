"""The extensions, without an application; create_app() gives them one."""

from flask_caching import Cache
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_talisman import Talisman
from flask_wtf import CSRFProtect

cache = Cache()
csrf = CSRFProtect()
db = SQLAlchemy()
migrate = Migrate()
talisman = Talisman()
