"""The baseline over HTTP: the least a Flask route can do, with sixteen kept connections.

It asks nobody who they are and checks no token.
"""

from __future__ import annotations

import os
import queue
import uuid

import psycopg
from flask import Flask, Response, jsonify, request

_BID = "SELECT seq, arrived_at FROM one_by_one.bid(%s, %s, %s, %s)"

application = Flask(__name__)
connections: queue.SimpleQueue[psycopg.Connection] = queue.SimpleQueue()
for _number in range(16):
    connections.put(
        psycopg.connect(os.environ["BENCH_DATABASE"], autocommit=True, prepare_threshold=0)
    )


@application.post("/lots/<int:lot>/bids")
def bid(lot: int) -> tuple[Response, int]:
    sent = request.get_json()
    connection = connections.get()
    try:
        offer = (lot, 1, sent["amount"], uuid.UUID(sent["key"]))
        answer = connection.execute(_BID, offer).fetchone()
    finally:
        connections.put(connection)
    assert answer is not None
    seq, arrived_at = answer
    told = {"accepted": seq is not None, "seq": seq, "arrived_at": arrived_at.isoformat()}
    return jsonify(told), 200 if seq is None else 201
