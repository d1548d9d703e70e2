"""Makes sure there is a Chromium for the browser tests: `python tests/support/install_browser.py`.

The machine's own if it has one, Debian's package where apt serves (and we may install), else Playwright's.
Needs nothing but the standard library until it comes to the last.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed_browser() -> str | None:
    """The machine's Chromium, or None; what the tests ask as well. CHROMIUM names another."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((path for name in NAMES if (path := shutil.which(name)) and _works(path)), None)


def _works(path: str) -> bool:
    """Ubuntu's `chromium-browser` may be a sign that points to a shop."""
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def playwright_browser() -> str | None:
    """The Chromium Playwright brought, or None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install_from_apt() -> bool:
    """True when Debian's package was installed; False where that is not ours to do or did not work."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    steps = (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium"],
    )
    for step in steps:
        if subprocess.run(step, env=quiet, stdin=subprocess.DEVNULL, check=False).returncode != 0:
            return False
    return installed_browser() is not None


def install_from_playwright() -> bool:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, check=False).returncode != 0:
        return False
    return playwright_browser() is not None


def main() -> None:
    if installed_browser() or playwright_browser():
        return
    sys.stdout.write("Fetching a browser for the tests …\n")
    sys.stdout.flush()
    if not (install_from_apt() or install_from_playwright()):
        sys.exit(
            "No browser for the tests: neither apt nor Playwright could install one. Install Chromium "
            "yourself (Debian: apt install chromium), or name one with CHROMIUM=/path/to/chromium."
        )


if __name__ == "__main__":
    main()
