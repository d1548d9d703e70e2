"""`frontdoor up` with real servers and two tiny processes of our own: `python -m tests.app.tiny_stack`.

DATA_DIR and PORT as for the real one.
"""

import sys

from app.programs import Programs
from app.up import up
from core.domain.settings import Settings

WEB = """
import http.server, os
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ready")
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""
# Like the real one it has a child of its own, which it takes along when asked to stop, but not when killed.
WORKER = """
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
def stop(*_): signal.signal(signal.SIGTERM, signal.SIG_IGN); child.kill(); child.wait(); sys.exit()
signal.signal(signal.SIGTERM, stop)
while True: signal.pause()
"""


PROGRAMS = Programs(web=(sys.executable, "-c", WEB), worker=(sys.executable, "-c", WORKER))


if __name__ == "__main__":
    sys.exit(up(Settings(), with_parent="--with-parent" in sys.argv, programs=PROGRAMS))
