"""People at their pages: what each asks for, how long the answer took, whether it was one."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.kept import Made

COOKIE = "enhetskoll"
PAGES_ON = 40
"""How far a person leafs to see whether the last page is as quick as the first."""
THINK_S = (1.0, 3.0)
TIMEOUT_S = 30
SEE_OTHER = 303


@dataclass
class Timings:
    """Seconds by page, and what went wrong; shared by threads, each append is one step."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, other: Timings) -> None:
        """Take in another's."""
        for page, found in other.seconds.items():
            self.seconds[page] += found
        for page, said in other.errors.items():
            self.errors[page] += said


class Person:
    """One logged-in browser."""

    def __init__(self, port: int, made: Made, number: int, *, share: int = 0, deep: str = "/assets") -> None:
        someone = made.users[number]
        self._someone = someone
        self._asks = made.asks
        self._assets = made.size.assets
        self._schools = made.size.schools
        self._chance = random.Random(number * 3 + share)  # noqa: S311 -- the same walk each time
        self._own = number % self._schools
        # Each device is taken back once: three runs share the tags.
        self._tags = list(someone.tags[share::3])
        self._csrf = ""
        self._deep = deep
        self._door = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self.timings = Timings()

    def _ask(
        self, page: str, path: str, form: dict[str, str] | None = None, accept: str = "text/html"
    ) -> str:
        headers = {"Cookie": f"{COOKIE}={self._someone.token}", "Accept": accept}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        try:
            answer, said = self._once("GET" if form is None else "POST", path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            self._door.close()
            self.timings.errors[page].append(repr(error))
            return ""
        self.timings.seconds[page].append(time.perf_counter() - began)
        if answer.status not in {200, SEE_OTHER}:
            self.timings.errors[page].append(f"{answer.status} {path}")
        return said

    def _once(
        self, method: str, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, str]:
        try:
            self._door.request(method, path, body, headers)
            answer = self._door.getresponse()
        except (ConnectionError, http.client.RemoteDisconnected):
            # The server closes what was idle; a browser opens anew and nobody sees it.
            self._door.close()
            self._door.request(method, path, body, headers)
            answer = self._door.getresponse()
        return answer, answer.read().decode()

    def arrive(self) -> None:
        """Open the first page, which carries the token of every form."""
        found = re.search(r'name="csrf" content="([^"]+)"', self._ask("arrive", "/returns"))
        self._csrf = found[1] if found else ""

    def leaf(self) -> str:
        """Leaf to the list's fortieth page; where it is."""
        path = "/assets"
        for _ in range(PAGES_ON):
            following = re.search(r'rel="next" href="([^"]+)"', self._ask("arrive", path))
            if following is None:
                break
            path = following[1].replace("&amp;", "&")
        self._deep = path
        return path

    def _asset(self) -> int:
        count = self._assets // self._schools
        return self._chance.randrange(count) * self._schools + self._own + 1

    def list(self) -> None:
        """The list as it opens."""
        self._ask("list", "/assets")

    def filtered(self) -> None:
        """The list, two filters."""
        self._ask(
            "list, filtered",
            f"/assets?status=handed_out&class={self._chance.choice(('chromebook', 'tablet'))}",
        )

    def sorted(self) -> None:
        """The list from its end."""
        self._ask("list, sorted", "/assets?sort=-tag")

    def deep(self) -> None:
        """The list's fortieth page."""
        self._ask("list, page 40", self._deep)

    def worded(self) -> None:
        """The list, narrowed by words."""
        self._ask("list, words", f"/assets?q={quote(self._chance.choice(self._asks['middle']))}")

    def search(self) -> None:
        """The search box while typing."""
        kind = self._chance.choice(sorted(self._asks))
        said = self._ask(
            f"search, {kind}",
            "/search",
            {"csrf_token": self._csrf, "q": self._chance.choice(self._asks[kind])},
            "application/json",
        )
        if not said.startswith("{"):
            self.timings.errors["search"].append(said[:80])

    def asset(self) -> None:
        """An asset's page."""
        self._ask("asset page", f"/assets/{self._asset()}")

    def long_asset(self) -> None:
        """An asset with a long history; school staff see their own school's only."""
        self._ask("asset page, long", f"/assets/{self._own + 1}")

    def queue(self) -> None:
        """The queue; who has none opens the return box."""
        self._ask(*(("queue", "/findings") if self._someone.is_technician else ("return box", "/returns")))

    def start(self) -> None:
        """The start page."""
        self._ask(*(("start", "/") if self._someone.is_technician else ("return box", "/returns")))

    def give_back(self) -> None:
        """Take back one device, each once."""
        if not self._tags:
            return
        form = {"csrf_token": self._csrf, "request_id": uuid.uuid4().hex, "code": self._tags.pop()}
        said = self._ask("return", "/returns", form, "application/json")
        if said and json.loads(said).get("kind") != "fine":
            self.timings.errors["return"].append(said[:120])

    def deeds(self) -> tuple[Callable[[], None], ...]:
        """What a person does, the commoner oftener."""
        return (
            self.list, self.filtered, self.sorted, self.deep, self.worded, self.search, self.search, self.search,
            self.search, self.asset, self.asset, self.long_asset, self.queue, self.queue, self.give_back,
            self.give_back, self.give_back, self.start,
        )  # fmt: skip

    def leave(self) -> None:
        """Close the connection."""
        self._door.close()

    def work(self, until: float, think: tuple[float, float] | None) -> None:
        """Do one thing after the other, with pauses to think, until the moment (monotonic)."""
        while time.monotonic() < until:
            self._chance.choice(self.deeds())()
            if think is not None:
                time.sleep(self._chance.uniform(*think))  # noqa: TID251 -- a person thinks


def crowd(port: int, made: Made, seconds: float, think: tuple[float, float] | None, share: int) -> Timings:
    """All users at once, each in a thread, for so many seconds after all have arrived."""
    first = Person(port, made, 0)
    deep = first.leaf()
    people = [
        Person(port, made, number, share=share, deep=deep if someone.is_technician else "/assets")
        for number, someone in enumerate(made.users)
    ]
    barrier = threading.Barrier(len(people))

    def live(person: Person) -> None:
        person.arrive()
        barrier.wait()
        person.work(time.monotonic() + seconds, think)

    threads = [threading.Thread(target=live, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = Timings()
    for person in people:
        found.add(person.timings)
    return found
