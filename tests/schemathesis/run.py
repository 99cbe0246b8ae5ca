"""Asks a real server everything that its own description allows, and much that it does not.

Starts the program with demo data in a scratch folder, signs in as each role through the API, and
lets Schemathesis try every operation: as nobody, as each role, and as an overlay. It fails when
one of them finds an answer that the description does not allow.

    python run.py PROGRAM [--examples N] [--minutes M] [--seed S] [--as CALLER]
"""

import argparse
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).parent
ROLES = ["admin", "agency", "brand", "streamer", "viewer"]
CALLERS = ["nobody", *ROLES, "overlay"]
# One address per role belongs to the demo data.
DEMO_ADDRESS = "{}@betaads.local"
START_SECONDS = 60


class Server:
    """The program, on a free port, with its data in a folder of its own."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="beta-ads-schemathesis-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.own_ids = []
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "BETA_ENV": "development",
            "API_PORT": str(port),
            "DATA_DIR": self.folder,
            "RATE_LIMIT_ACCOUNT_PER_MINUTE": "0",
            "RATE_LIMIT_GLOBAL_PER_MINUTE": "0",
            "RATE_LIMIT_INGEST_PER_MINUTE": "0",
            "RUST_BACKTRACE": "1",
        }
        self.log = open(os.path.join(self.folder, "server.log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [program, "demo"],
            env=environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        self.overlay_key = self.wait_for_key()
        self.wait_until_ready()

    def wait_for_key(self):
        """The overlay's key, from the address that the demo prints. Reads on afterwards."""
        found = []
        printed = threading.Event()

        def read():
            for line in self.process.stdout:
                match = re.search(r"#key=(\S+)", line)
                if match:
                    found.append(match.group(1))
                    printed.set()
            printed.set()

        threading.Thread(target=read, daemon=True).start()
        if not printed.wait(START_SECONDS) or not found:
            raise SystemExit(f"the server did not start:\n{self.complaints()}")
        return found[0]

    def wait_until_ready(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"the server did not become ready:\n{self.complaints()}")

    def ask(self, path, body=None, token=None):
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = f"Bearer {token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def sign_in(self, role):
        """An access token, the way that everybody gets one."""
        email = DEMO_ADDRESS.format(role)
        asked = self.ask("/auth/request-magic-link", {"email": email})
        token = re.search(r"token=([^&]+)", asked["debugMagicLink"]).group(1)
        proof = {"email": email, "token": token}
        token = self.ask("/auth/verify-magic-link", proof)["accessToken"]
        claims = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        self.own_ids = [claims["sub"], claims["jti"]]
        return token

    def known_ids(self):
        """The ids of the demo data, by the names under which they are asked for."""
        booked = self.ask("/campaigns", token=self.sign_in("admin"))
        known = {"campaignId": [campaign["id"] for campaign in booked]}
        for name, noun, field in [
            ("flightId", "flights", "id"),
            ("creativeId", "creatives", "id"),
            ("assignmentId", "assignments", "id"),
            ("channelId", "assignments", "channelId"),
        ]:
            known[name] = [thing[field] for campaign in booked for thing in campaign[noun]]
        return known

    def complaints(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(encoding="utf-8")[-20_000:]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.log.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def headers_of(server, caller):
    if caller == "nobody":
        return []
    if caller == "overlay":
        return ["--header", f"x-overlay-key: {server.overlay_key}"]
    return ["--header", f"Authorization: Bearer {server.sign_in(caller)}"]


def ask_as(program, caller, options):
    """Runs Schemathesis as one caller on a server of its own; what it found, or nothing."""
    server = Server(program)
    started = time.monotonic()
    try:
        known = server.known_ids()
        command = command_for(server, caller, options)
        asked = subprocess.run(
            command,
            env={
                **os.environ,
                "SCHEMATHESIS_HOOKS": "hooks",
                "PYTHONPATH": str(HERE),
                "KNOWN_IDS": json.dumps(known),
                "OWN_IDS": ",".join(server.own_ids),
                "NO_COLOR": "1",
            },
            # Hypothesis keeps what it found in the folder it runs in; every run starts anew.
            cwd=server.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        problems = [] if asked.returncode == 0 else [asked.stdout]
        if server.process.poll() is not None:
            problems.append("the server is gone")
        complaints = server.complaints()
        if re.search("ERROR|panicked", complaints):
            problems.append(f"the server complained:\n{complaints}")
    finally:
        server.stop()
    cases = re.search(r"(\d+) generated", asked.stdout)
    seconds = time.monotonic() - started
    print(f"as {caller}: {cases.group(1) if cases else 'no'} cases in {seconds:.0f} s", flush=True)
    return "\n".join(problems)


def command_for(server, caller, options):
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"),
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "run",
        f"{server.url}/openapi.json",
        "--seed",
        str(options.seed),
        "--max-examples",
        str(options.examples),
        *headers_of(server, caller),
    ]
    if caller in ROLES:
        # Whoever signs out cannot go on; as nobody it is asked all the same.
        command += ["--exclude-path", "/auth/logout"]
    if options.minutes:
        # Two ask at a time.
        seconds = options.minutes * 60 * 2 // len(options.callers)
        command += ["--max-time", str(max(30, seconds))]
    return command


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--examples", type=int, default=20, help="cases per operation")
    parser.add_argument("--minutes", type=int, help="go on for about so long altogether")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--as", dest="callers", action="append", choices=CALLERS)
    options = parser.parse_args()
    options.callers = options.callers or CALLERS
    program = os.path.abspath(options.program)
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = pool.map(lambda caller: ask_as(program, caller, options), options.callers)
        problems = [(caller, found) for caller, found in zip(options.callers, found) if found]
    for caller, found in problems:
        print(f"\n==== as {caller} ====\n{found}")
    if problems:
        callers = ", ".join(caller for caller, _ in problems)
        raise SystemExit(f"not as described, as {callers}")
    print("Every answer is one that the description allows.")


if __name__ == "__main__":
    main()
