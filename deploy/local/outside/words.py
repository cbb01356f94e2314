"""What the outside pages say, in English and Chinese."""

from dataclasses import dataclass

from flask import Request

_ENGLISH = {
    "pay": "Pay",
    "test_only": "Local test payments: no real card works here, and no money moves.",
    "card_number": "Card number",
    "card_hint": "A test card, for example 4242 4242 4242 4242",
    "expiry": "Expiry date (MM/YY)",
    "cvc": "Security code (CVC)",
    "holder": "Name on the card",
    "cancel": "Go back without paying",
    "there_is_a_problem": "There is a problem",
    "what_cards_do": "What the test cards do",
    "pays": "pays",
    "declines": "is declined",
    "no_funds": "has not enough money",
    "asks": "asks for 3-D Secure",
    "refund_fails": "pays; a refund fails some seconds later",
    "refund_waits": "pays; a refund succeeds some seconds later",
    "challenge": "Your card's bank asks: is it you who pays?",
    "complete": "Yes, complete the payment",
    "fail": "No, refuse",
    "expired": "This page has expired. Nothing was paid.",
    "missing": "There is no such payment.",
    "done": "Done. You can close this page.",
    "outside": "The outside world of this machine",
    "outside_intro": "For development and tests. No money moves here and no letter leaves.",
    "mail": "Letters",
    "mail_intro": "Letters the platform wrote on this machine. None was sent.",
    "no_mail": "No letters yet.",
    "to": "To",
    "recipient": "Show letters to",
    "show": "Show",
    "sent_at": "Written",
    "bank": "A bank for testing",
    "bank_intro": "Play the payer's bank: a transfer here becomes a camt.054 credit notice.",
    "reference": "Payment reference",
    "amount": "Amount, for example 1234.56",
    "currency": "Currency",
    "payer_name": "Payer's name",
    "payer_account": "Payer's account",
    "value_date": "Value date",
    "transfer": "Make the transfer",
    "transferred": "The transfer was made. The notice is in the bank's folder.",
    "download": "Download the notice",
}
_CHINESE = {
    "pay": "支付",
    "test_only": "本机测试支付。这里不是银行：真实银行卡无效，不会发生任何资金划转。",
    "card_number": "卡号",
    "card_hint": "请用测试卡，例如 4242 4242 4242 4242",
    "expiry": "有效期（月/年，MM/YY）",
    "cvc": "安全码（CVC）",
    "holder": "持卡人姓名",
    "cancel": "不支付，返回",
    "there_is_a_problem": "出现问题",
    "what_cards_do": "各测试卡的表现",
    "pays": "支付成功",
    "declines": "被拒绝",
    "no_funds": "余额不足",
    "asks": "要求 3-D Secure 验证",
    "refund_fails": "支付成功；退款数秒后失败",
    "refund_waits": "支付成功；退款数秒后到账",
    "challenge": "发卡银行询问：是您本人在支付吗？",
    "complete": "是，完成支付",
    "fail": "不是，拒绝",
    "expired": "本页已过期，未发生支付。",
    "missing": "没有这笔支付。",
    "done": "已完成，可以关闭本页。",
    "outside": "本机的外部世界",
    "outside_intro": "仅供开发和测试：不发生资金划转，信件不会寄出。",
    "mail": "信件",
    "mail_intro": "平台在本机写下的信件，均未寄出。",
    "no_mail": "还没有信件。",
    "to": "收件人",
    "recipient": "只看收件人",
    "show": "查看",
    "sent_at": "写信时间",
    "bank": "测试银行",
    "bank_intro": "扮演付款人的银行：在这里汇款，即生成 camt.054 入账通知。",
    "reference": "付款附言（唯一编号）",
    "amount": "金额，例如 1234.56",
    "currency": "币种",
    "payer_name": "付款人姓名",
    "payer_account": "付款账号",
    "value_date": "起息日",
    "transfer": "汇款",
    "transferred": "已汇款，入账通知已放入银行文件夹。",
    "download": "下载通知",
}
_PROBLEMS = {
    "en": {
        "invalid_number": "Enter a card number.",
        "incorrect_number": "Check the card number: a digit is wrong.",
        "invalid_expiry": "Enter the expiry date as month and year, for example 08/31.",
        "expired_card": "This card has expired.",
        "invalid_cvc": "Enter the three or four digits of the security code.",
        "test_mode_live_card": "Only test cards work here. Do not enter a real card.",
        "insufficient_funds": "There is not enough money on this card. Try another.",
        "payment_intent_authentication_failure": "The bank did not confirm it was you. Try again.",
        "generic_decline": "The card was declined. Try another.",
    },
    "zh": {
        "invalid_number": "请输入卡号。",
        "incorrect_number": "卡号有误，请核对。",
        "invalid_expiry": "请按“月/年”输入有效期，例如 08/31。",
        "expired_card": "此卡已过期。",
        "invalid_cvc": "请输入三位或四位安全码。",
        "test_mode_live_card": "这里只能用测试卡，请勿输入真实卡号。",
        "insufficient_funds": "此卡余额不足，请换一张卡。",
        "payment_intent_authentication_failure": "银行未确认是您本人，请重试。",
        "generic_decline": "此卡被拒绝，请换一张卡。",
    },
}


@dataclass(frozen=True, slots=True)
class Words:
    locale: str

    def __getitem__(self, name: str) -> str:
        return (_CHINESE if self.locale == "zh" else _ENGLISH)[name]

    def problem(self, code: str) -> str:
        problems = _PROBLEMS[self.locale]
        return problems.get(code, problems["generic_decline"])


def words_for(locale: str | None, request: Request) -> Words:
    """The session's language; where it has none, the browser's."""
    if locale in (None, "auto"):
        locale = request.accept_languages.best_match(["en", "zh"], "en")
    return Words("zh" if str(locale).startswith("zh") else "en")
