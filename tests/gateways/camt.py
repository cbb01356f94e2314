"""Bank files for tests, said in as few words as the test needs."""

from __future__ import annotations

BOOKED = "<Sts><Cd>BOOK</Cd></Sts>"
DAYS = "<BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-21</Dt></ValDt>"


def notice(*entries: str, account: str = "32050161863600000123", more: str = "") -> bytes:
    """A camt.054 for one account."""
    return _document(
        "camt.054.001.08", "BkToCstmrDbtCdtNtfctn", "Ntfctn", account, more, "".join(entries)
    )


def statement(*entries: str, balances: str = "", more: str = "") -> bytes:
    """A camt.053 for one account."""
    inner = balances + more
    account = "32050161863600000123"
    return _document("camt.053.001.08", "BkToCstmrStmt", "Stmt", account, inner, "".join(entries))


def entry(
    amount: str = "500000.00",
    *details: str,
    currency: str = "CNY",
    direction: str = "CRDT",
    reference: str | None = "B-1",
    status: str = BOOKED,
    days: str = DAYS,
    more: str = "",
) -> str:
    servicer = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    inner = f"<NtryDtls>{''.join(details)}</NtryDtls>" if details else ""
    return (
        f'<Ntry>\n<Amt Ccy="{currency}">{amount}</Amt>\n<CdtDbtInd>{direction}</CdtDbtInd>'
        f"{more}{status}{days}{servicer}<BkTxCd/>{inner}</Ntry>\n"
    )


def payment(
    *,
    amount: str | None = None,
    currency: str = "CNY",
    direction: str | None = None,
    references: str = "",
    payer: str = "王小明",
    payer_account: str = "<Othr><Id>6222021234567890123</Id></Othr>",
    remittance: str = "<Ustrd>LC-2026-000123</Ustrd>",
    more: str = "",
) -> str:
    given = f'<Amt Ccy="{currency}">{amount}</Amt>' if amount is not None else ""
    if direction is not None:
        given += f"<CdtDbtInd>{direction}</CdtDbtInd>"
    return (
        f"<TxDtls><Refs>{references}</Refs>{given}<RltdPties>"
        f"<Dbtr><Pty><Nm>{payer}</Nm></Pty></Dbtr>"
        f"<DbtrAcct><Id>{payer_account}</Id></DbtrAcct>"
        "<Cdtr><Pty><Nm>江阴市人民法院</Nm></Pty></Cdtr>"
        "<CdtrAcct><Id><Othr><Id>32050161863600000123</Id></Othr></Id></CdtrAcct>"
        f"</RltdPties><RmtInf>{remittance}</RmtInf>{more}</TxDtls>\n"
    )


def balance(kind: str, amount: str, direction: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>'
        "<Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    )


def _document(
    message: str, body: str, section: str, account: str, inner: str, entries: str
) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}"><{body}>\n'
        "<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-21T08:00:00+08:00</CreDtTm></GrpHdr>\n"
        f"<{section}><Id>N-1</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>\n"
        f"{inner}{entries}</{section}></{body}></Document>\n"
    ).encode()
