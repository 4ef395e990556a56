"""usage: make_style.py SOURCE TARGET: what a build of assets does, and what it can see."""

import os
import pwd
import sys
from pathlib import Path

source, target = map(Path, sys.argv[1:])
colour = os.environ["SHOP_COLOUR"]
if colour == "none":
    sys.exit(f"there is no colour {colour}, says {os.environ['SHOP_TOKEN']}")
target.parent.mkdir(exist_ok=True)
user = pwd.getpwuid(os.getuid()).pw_name
target.write_text(source.read_text().replace("COLOUR", colour) + f"/* by {user} */\n")
secrets = [os.environ["SECRET_KEY"], os.environ["DATABASE_URL"]]
Path("secrets-of-the-build").write_text("\n".join(secrets))
