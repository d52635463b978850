"""The requests of a run, for curl: their headers from a proxy in between, their URLs from the audit log."""
import http.client
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Recorder:
    """An HTTP server that passes requests on to the API server, logs in for them, and notes what they accept."""

    def __init__(self, cluster):
        upstream, context = urllib.parse.urlsplit(cluster.url).netloc, cluster.context()
        self.accepts = accepts = {}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                accepts[self.path] = self.headers.get("Accept", "*/*")
                connection = http.client.HTTPSConnection(upstream, context=context)
                connection.request("GET", self.path, headers={
                    "Authorization": f"Bearer {cluster.token}", "Accept": accepts[self.path],
                    "User-Agent": self.headers.get("User-Agent", "")})
                answer = connection.getresponse()
                body = answer.read()
                connection.close()
                self.send_response(answer.status)
                for name in ("Content-Type", "ETag", "Retry-After"):
                    if answer.headers.get(name):
                        self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def requests_of(cluster, program_at):
    """What the program made for that URL asks for: [(path and query, Accept)], in the order of the answers."""
    with Recorder(cluster) as recorder:
        program = program_at(recorder.url)
        seen = len(cluster.audited())
        program.run()
        time.sleep(0.1)
        return [(event["requestURI"], recorder.accepts[event["requestURI"]])
                for event in cluster.audited()[seen:]]


def is_list(uri):
    return "limit=" in uri and "includeObject=None" not in uri


def curl_config(cluster, requests):
    """One after the other as one curl: lists over HTTP/1.1 on a connection that is kept, the rest over HTTP/2."""
    lines = []
    for uri, accept in requests:
        lines += ["next"] if lines else []
        lines += [f'url = "{cluster.url}{uri}"', 'output = "/dev/null"', f'cacert = "{cluster.ca}"',
                  f'header = "Authorization: Bearer {cluster.token}"', f'header = "Accept: {accept}"',
                  'user-agent = "ktel-bench"',  # for its own name the server indents
                  "http1.1" if is_list(uri) else "http2", "silent", "fail", "globoff",
                  r'write-out = "%{size_download}\n"']
    return "\n".join(lines) + "\n"
