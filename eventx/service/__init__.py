"""The HTTP service and its page (extra ``serve``): ``eventx serve``.

`create` returns it as an ASGI application for any server, `serve` runs it.
"""

from __future__ import annotations

from eventx.extras import extra

with extra("serve"):
    from eventx.service.app import create
    from eventx.service.server import listen, serve
    from eventx.service.settings import Settings

__all__ = ["Settings", "create", "listen", "serve"]
