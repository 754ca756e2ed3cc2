"""The web port: taken ones are passed over, and two desks never share one."""

import socket
from contextlib import contextmanager

import pytest

from config.env import SettingError
from config.web_port import HOST, WebPort, is_free, read_port


@contextmanager
def listener(*, shares: bool = False, address: str = HOST):
    with socket.socket() as server:
        if shares:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind((address, 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize(("shares", "address"), [(False, HOST), (True, HOST), (False, "0.0.0.0")])
def test_a_taken_port_is_passed_over(shares, address):
    # granian itself listens with SO_REUSEPORT, which lets a second one in without any error.
    with listener(shares=shares, address=address) as taken:
        assert not is_free(taken)
        port = WebPort(taken)
        assert taken < port.choose() <= taken + 100
        port.release()


def test_two_desks_that_choose_at_once_get_different_ports():
    with listener() as wanted:
        first, second = WebPort(wanted), WebPort(wanted)
        chosen = first.choose()
        assert second.choose() > chosen
        first.release()
        second.release()
        third = WebPort(chosen)
        assert third.choose() == chosen
        third.release()


def test_choosing_again_moves_on_and_gives_the_port_back():
    with listener() as wanted:
        first = WebPort(wanted)
        left = first.choose()
        assert first.choose() > left
        second = WebPort(left)
        assert second.choose() == left
        first.release()
        second.release()


def test_old_connections_of_a_stopped_desk_do_not_count():
    with listener() as wanted, socket.create_connection((HOST, wanted)):
        pass
    assert is_free(wanted)


def test_no_free_port_is_said():
    with listener() as taken:
        port = WebPort(taken)
        port._last = taken
        with pytest.raises(SettingError, match="set PORT to another one"):
            port.choose()


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "8000.0", "", "٣"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(SettingError, match="PORT must be a number"):
        read_port(text)


def test_a_port_is_read():
    assert read_port("8000") == 8000
