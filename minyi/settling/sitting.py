"""One sitting: the settling page is served until it is stopped, and what was settled is in the run's receipt."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from minyi.console import so_many
from minyi.receipts import recorded_run
from minyi.settling.board import Board
from minyi.settling.disputes import disputes

if TYPE_CHECKING:
    from minyi.console import Console
    from minyi.workspace import Workspace

COMMAND = "labels-settle"


def settle_in_browser(workspace: Workspace, console: Console, *, port: int = 0, open_browser: bool = False) -> None:
    """Serve the page until Ctrl-C; where nobody disagrees, say so and end.

    Raises:
        PortTaken: the port cannot be had.
    """
    from minyi.labelling.gate import OPEN, Keys
    from minyi.labelling.serving import HERE, listen, serve
    from minyi.settling.app import settling_app

    found = disputes(workspace)
    if not found:
        console.say("There is nothing to settle: nobody disagrees.")
        console.event("done", exit=0, disputed=0, settled=0, withdrawn=0)
        return
    with listen(port) as door, recorded_run(workspace, COMMAND, console, shared=True) as receipt:
        board, keys, own = Board(workspace, receipt.run), Keys(), door.getsockname()[1]
        address = f"http://{HERE}:{own}{OPEN}?{urlencode({'token': keys.address})}"
        open_ = sum(one.settled is None for one in found)
        console.say(
            f"{so_many(len(found), 'comment is', 'comments are')} disputed, "
            f"{open_:,} of them not settled yet. In your browser, for you alone:"
        )
        console.say(f"\n  {address}\n")
        console.say("What you settle is kept at once. Ctrl-C ends it.")
        if console.quiet and not console.json:
            print(address, file=console.out)  # without it nobody could come in
        console.out.flush()
        console.event("listening", address=address, disputed=len(found), open=open_)
        if open_browser:
            webbrowser.open(address)
        serve(settling_app(board, keys, own), door)
        receipt.counts |= {
            "disputed": len(found),
            "settled": board.kept["judged"],
            "withdrawn": board.kept["withdrawn"],
        }
    console.say(f"Settled {board.kept['judged']:,}, taken back {board.kept['withdrawn']:,}.")
    if board.kept.total():
        from minyi.adapting import refit_if_due  # heavy, and only now needed

        refit_if_due(workspace, console)
    console.event("done", exit=0, **receipt.counts)
