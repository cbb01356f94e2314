"""A process of the platform in a thread beside a test, ended as it is when it is asked to end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask


@contextmanager
def running_beside(run: Callable[[Flask, threading.Event], None], app: Flask) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(app, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
