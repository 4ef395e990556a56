"""A file of settings, which a variable names."""


def configure(app):
    app.config.from_envvar("LEDGER_SETTINGS_FILE")
    if not app.config["SECRET_KEY"]:
        raise RuntimeError("no SECRET_KEY")
