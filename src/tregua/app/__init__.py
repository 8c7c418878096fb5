"""The report made live: pages and an HTTP API over the same functions as the commands.

`serve` opens it on this machine; `create` builds it for a server or a test of your own. The server
trusts nobody: what it answers to, how much it reads and how long it works are all bounded
(`guard`), a page gets its numbers from the stages below and computes none itself, and whatever was
computed once is kept (`store`), so that a link reopens at once.

    app = create(Settings(case="el-salvador"))
    serve(Settings(case="el-salvador", port=8000))

It needs the extra ``tregua[app]``.
"""

from tregua.app.serving import create, serve
from tregua.app.settings import Settings

__all__ = ["Settings", "create", "serve"]
