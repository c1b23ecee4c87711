"""The address guard: only the public internet is collected from, and the address checked is the address connected to.

`ipaddress.is_global` is not enough: it is true for NAT64 (64:ff9b::/96), 6to4 (2002::/16) and multicast, through which
a packet reaches private networks. Host names that are odd spellings of an IPv4 address (2130706433, 0177.0.0.1, 127.1)
are refused by the rule of the WHATWG URL Standard: a host whose last label is a number is an IPv4 address.
"""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

import httpcore
import httpx

from scrapers.errors import BlockedAddress, NotFound, SettingsError, Transient
from scrapers.redact import shown

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_PATIENCE_S = 5.0  # how long one address is waited for where the host has another
_SCHEMES = frozenset({"http", "https"})
_LONGEST_URL = 8_000
_CHECK = "Check the address."
_REMEDY = "If this address is meant, let it through with --allow HOST:PORT."
_NUMBER = re.compile(r"\d+|0[xo][0-9a-f]*", re.IGNORECASE)

_UNICAST = IPv6Network("2000::/3")  # all of IPv6 that is handed out; mapped, NAT64 and unique local lie outside
# What `is_global` of some Python version lets through although it leads into private networks or to a cloud's services.
_NEVER = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # Teredo and other protocol assignments
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation, RFC 9637
        "192.0.0.0/24",  # protocol assignments; a metadata service answers at 192.0.0.192
        "192.88.99.0/24",  # 6to4 relays
        "168.63.129.16/32",  # a metadata service at an address that is public by number
    )
)


@dataclass(frozen=True, slots=True)
class AllowList:
    """Exceptions to the guard, each named by a person: networks, or one host at one port."""

    networks: tuple[Network, ...] = ()
    endpoints: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> AllowList:
        """Read entries like `10.1.0.0/16`, `127.0.0.1:8080`, `[::1]:8080` or `archive.internal:80`.

        Raises:
            SettingsError: an entry is none of these.
        """
        networks: list[Network] = []
        endpoints: set[tuple[str, int]] = set()
        for entry in entries:
            if "/" in entry:
                networks.append(_network(entry))
            else:
                endpoints.add(_endpoint(entry))
        return cls(tuple(networks), frozenset(endpoints))

    def permits(self, host: str, address: Address, port: int) -> bool:
        """Whether a person named this address, or this host, at this port."""
        known = {(host.lower(), port), (str(address), port)} & self.endpoints
        return bool(known) or any(address in network for network in self.networks)


def _network(entry: str) -> Network:
    try:
        return ip_network(entry)
    except ValueError as error:
        raise _bad_entry(entry) from error


def _endpoint(entry: str) -> tuple[str, int]:
    host, _, port = entry.rpartition(":")
    if not host or not port.isdecimal():
        raise _bad_entry(entry)
    return host.strip("[]").lower(), int(port)


def _bad_entry(entry: str) -> SettingsError:
    return SettingsError(
        f'"{entry}" is not an entry of an allow-list.', remedy="Write a network (10.1.0.0/16) or host:port."
    )


def checked_url(given: str) -> httpx.URL:
    """The URL, if it is one that may be asked at all; its host is checked again when it is connected to.

    Raises:
        BlockedAddress: not http or https, holds a login, or its host is no plain name or address.
    """
    if len(given) > _LONGEST_URL:
        raise BlockedAddress("The URL is too long.", where=shown(given)[:200], remedy=_CHECK)
    try:
        url = httpx.URL(given)
        literal = urlsplit(given).hostname or ""
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise BlockedAddress("This is not a URL.", where=shown(given), remedy=_CHECK) from error
    if url.scheme not in _SCHEMES:
        raise BlockedAddress("Only http and https are collected from.", where=shown(given), remedy=_CHECK)
    if url.userinfo:
        raise BlockedAddress("The URL holds a user name or password.", where=shown(given), remedy="Take it out.")
    if not url.host or "\\" in given or "%" in url.host or literal.lower() not in (url.host, url.raw_host.decode()):
        raise BlockedAddress("The URL's host cannot be read in one way only.", where=shown(given), remedy=_CHECK)
    check_host(url.host)
    return url


def check_host(host: str) -> None:
    """Refuse odd spellings of an address: `0177.0.0.1`, `2130706433`, `0x7f.1`, `127.1`.

    Raises:
        BlockedAddress: the host ends in a number without being a plain IPv4 address.
    """
    if ":" in host:
        return
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        try:
            IPv4Address(host)
        except ValueError as error:
            what = "An address must be written as four plain numbers."
            raise BlockedAddress(what, where=host, remedy=_CHECK) from error


def danger(address: Address) -> str:
    """Why this address is not collected from; empty for one of the public internet."""
    if address.is_loopback or address.is_unspecified:
        return "this machine"
    if address.is_link_local:
        return "link-local, where metadata services are"
    if address.is_multicast:
        return "multicast"
    if any(address in network for network in _NEVER) or (isinstance(address, IPv6Address) and address not in _UNICAST):
        return "a way round the public internet"
    return "" if address.is_global else "a private network"


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a host name, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _Closing(httpcore.AsyncNetworkStream):
    """A connection that is closed where its TLS handshake is given up; httpcore leaves it open at a deadline."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self.read, self.write, self.aclose = stream.read, stream.write, stream.aclose  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        """The connection, encrypted."""
        try:
            return await self._stream.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self._stream.aclose()
            raise


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for httpcore: resolves once, checks every address, connects to one that was checked.

    Args:
        allow: exceptions named by a person.
        lookup: finds a host's addresses.
        inner: opens the connection; it is given checked addresses only, never a host name.
    """

    def __init__(
        self, allow: AllowList, lookup: Resolve = resolve, inner: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._allow = allow
        self._lookup = lookup
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first checked address that answers.

        Raises:
            BlockedAddress: any address of the host is not of the public internet; nothing was connected to.
            NotFound: nobody has this host name.
            httpcore.ConnectError: no address answers.
        """
        addresses = await self.checked_addresses(host, port)
        options = (local_address, socket_options)
        for address in addresses[:-1]:
            try:
                return _Closing(await self._inner.connect_tcp(address, port, _PATIENCE_S, *options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _Closing(await self._inner.connect_tcp(addresses[-1], port, timeout, *options))

    async def checked_addresses(self, host: str, port: int) -> list[str]:
        """Every address of the host, all of them fit to be connected to."""
        check_host(host)
        addresses = [ip_address(text.partition("%")[0]) for text in await self._addresses(host, port)]
        for address in addresses:
            why = danger(address)
            if why and not self._allow.permits(host, address, port):
                raise BlockedAddress(f"{address} is {why}.", where=f"{host}:{port}", remedy=_REMEDY)
        return [str(address) for address in addresses]

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        try:
            return [str(ip_address(host))]
        except ValueError:
            pass
        try:
            found = await self._lookup(host, port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise Transient("The name service does not answer.", where=host) from error
            raise NotFound("No host has this name.", where=host, remedy=_CHECK) from error
        except UnicodeError as error:
            raise NotFound("This is not a host name.", where=host, remedy=_CHECK) from error
        if not found:
            raise NotFound("No host has this name.", where=host, remedy=_CHECK)
        return found
