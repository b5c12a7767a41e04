"""The mandate as the printer wants it."""

from marketplace.core import clock, settings
from marketplace.core.money import Money
from marketplace.core.words import say
from marketplace.documents import amounts, papers
from marketplace.mandates.commission import FeeTable
from marketplace.mandates.models import Mandate, Side


def printed(mandate: Mandate) -> papers.Form:
    """What both sign: parties, authority and its limits (民法典 art. 165), term, fee."""
    return papers.Form(
        number=mandate.reference,
        drawn_at=clock.now(),
        site=papers.Site(
            settings.current().site_name,
            settings.current().site_name_en,
            settings.current().site_url,
        ),
        title="知识产权中介委托合同（授权委托书）",
        title_en="Brokerage mandate and letter of authority",
        sections=[
            papers.Section("当事人 Parties", _parties(mandate)),
            papers.Section("授权 Authority", _authority(mandate)),
            papers.Section("期限 Term", _term(mandate)),
            papers.Section("报酬 Fee", _fee(mandate)),
        ],
        notes=[
            "佣金在交易放款时支付；交易未签约、被取消或解除的，不付佣金，前期费用另计。",
            "双方可以随时解除委托；除不可归责于该当事人的事由外，因解除给对方造成损失的，应当赔偿（《民法典》第九百三十三条）。",
            "委托人利用中介服务后绕开中介人直接订立合同的，应当支付报酬（《民法典》第九百六十五条）。",
            "中介人同时代理交易双方的，须事先声明并经双方书面同意（《民法典》第一百六十八条）。",
        ],
        signatures=True,
        demo=settings.current().demo,
    )


def _parties(mandate: Mandate) -> list[papers.Row]:
    return [
        papers.Row("委托人", "Principal", mandate.principal.name),
        papers.Row("中介人", "Broker", mandate.broker.name),
    ]


def _authority(mandate: Mandate) -> list[papers.Row]:
    rows = [papers.Row("立场", "Side", both(f"mandate_side.{mandate.side.value}"))]
    if mandate.side is Side.SELL:
        rights = "\n".join(f"{asset.reference} {asset.title}" for asset in mandate.assets)
        rows.append(papers.Row("权利", "Rights", rights))
    else:
        kinds = "、".join(say("enums", f"asset_kind.{kind}", "zh_Hans") for kind in mandate.kinds)
        rows.append(papers.Row("寻找的权利", "Rights sought", f"{kinds}\n{mandate.field}".strip()))
    acts = "\n".join(both(f"mandate_act.{act}") for act in mandate.acts)
    rows.append(papers.Row("授权事项", "Acts", acts))
    if mandate.limit is not None:
        zh, en = (
            ("价格下限", "Price floor") if mandate.side is Side.SELL else ("价格上限", "Ceiling")
        )
        rows.append(papers.Row(zh, en, _amount(mandate.limit)))
    only = "独家 Exclusive" if mandate.exclusive else "非独家 Not exclusive"
    rows.append(papers.Row("独家", "Exclusivity", only))
    return rows


def _term(mandate: Mandate) -> list[papers.Row]:
    return [
        papers.Row("最后一日", "Last day", mandate.expires_on.isoformat()),
        papers.Row(
            "期后保护",
            "Tail",
            f"{mandate.tail_days} 日：期内引荐的相对人在此期间成交的，仍付报酬。 days, for parties "
            "introduced before the end",
        ),
    ]


def _fee(mandate: Mandate) -> list[papers.Row]:
    table: FeeTable = mandate.fee_table
    currency = mandate.currency
    rows, begin = [], "0"
    for tier in table.tiers:
        end = "∞" if tier.upto is None else amounts.figures(Money(currency, tier.upto))
        rows.append(papers.Row("费率", "Rate", f"{begin} – {end}：{percent(tier.bps)}"))
        begin = end
    rows += [
        papers.Row("最低报酬", "Minimum", _amount(Money(currency, table.minimum))),
        papers.Row("增值税", "VAT on top", percent(table.vat_bps)),
        papers.Row("前期费用", "Retainer", _amount(mandate.retainer)),
        papers.Row("由谁承担", "Borne by", both(f"mandate_payer.{mandate.payer.value}")),
    ]
    return rows


def both(code: str) -> str:
    """The words of a code, Chinese and English."""
    return f"{say('enums', code, 'zh_Hans')}　{say('enums', code, 'en')}"


def percent(bps: int) -> str:
    """Basis points in per cent, as people write it."""
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02d} %" if rest else f"{whole} %"


def _amount(value: Money) -> str:
    return f"{value.currency} {amounts.figures(value)}" if value else "–"
