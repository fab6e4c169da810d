"""A watch of one collection of the API server, read by a thread: what was seen, and when.

The moment is taken when a line arrives (time.monotonic, seconds), so a time measured between two
of them does not depend on how often anybody looks.
"""

import json
import queue
import threading
import time
import urllib.request


class Watch:
    """What changes in a collection from now on. `into`: one queue for several watches."""

    def __init__(self, cluster, path, into=None, name=""):
        self.cluster, self.path, self.name = cluster, path, name
        self.seen = into or queue.Queue()
        status, listed = cluster.call("GET", path)
        assert status == 200, listed
        self.items = listed["items"]
        self.version = listed["metadata"]["resourceVersion"]
        self.closed = False
        threading.Thread(target=self.follow, daemon=True).start()

    def follow(self):
        while not self.closed:
            try:
                self.read()
            except (OSError, ValueError, AttributeError):  # the server ended, or the stream did
                time.sleep(0.2)

    def read(self):
        url = f"{self.cluster.server}{self.path}?watch=1&resourceVersion={self.version}"
        token = {"Authorization": "Bearer " + self.cluster.env["PLUMB_CLUSTER_TOKEN"]}
        request = urllib.request.Request(url, headers=token)
        with urllib.request.urlopen(request, context=self.cluster.context) as answer:
            for line in answer:
                moment = time.monotonic()
                event = json.loads(line)
                if event["type"] == "ERROR":
                    self.closed = True
                if self.closed:
                    return
                self.version = event["object"]["metadata"]["resourceVersion"]
                self.seen.put((moment, self.name, event["type"], event["object"]))

    def until(self, accept, what, error, seconds=30):
        """(moment, object) of the first change that `accept(type, object)` takes."""
        end = time.monotonic() + seconds
        while True:
            try:
                moment, _, kind, found = self.seen.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise error(f"not seen within {seconds} s: {what}") from None
            if accept(kind, found):
                return moment, found

    def close(self):
        self.closed = True
