"""Which article stands behind what the bundle answers: by reason, kind of right and day. Pure.

The texts, and how surely they were read, are those of the rule catalogue; `rule` is the rule
there, empty where the catalogue has none. What is not `sure` is shown as to be confirmed.
"""

from dataclasses import dataclass
from datetime import date

PATENTS = frozenset({"invention", "utility_model", "design", "patent_application"})
MARKS = frozenset({"trademark", "collective_mark", "certification_mark"})
GROUP_MARKS = frozenset({"collective_mark", "certification_mark"})
WORKS = frozenset({"copyright", "software"})
NEVER = frozenset({"gi_product", "defence_patent"})
UNREGISTERED = frozenset({"trade_secret", "data_right"})
NEW_TRADEMARK_LAW = date(2027, 1, 1)


@dataclass(frozen=True, slots=True)
class Article:
    """Where it is written."""

    text: str
    rule: str = ""
    sure: bool = True


def family(kind: str) -> str:
    """The branch of law a kind of right belongs to."""
    for name, kinds in (("patent", PATENTS), ("mark", MARKS), ("work", WORKS)):
        if kind in kinds:
            return name
    return kind if kind in NEVER | UNREGISTERED else "other"


_BY_CODE: dict[str, dict[str, Article]] = {
    "never": {
        "gi_product": Article(
            "广东省地理标志条例第18条；商标法第16条", "gi-product-not-tradeable", sure=False
        ),
        "defence_patent": Article("国防专利条例第7条、第8条", "defence-or-secret-patent"),
    },
    "moral_rights": {
        "": Article("著作权法第10条第2款、第3款", "copyright-moral-rights-not-transferable")
    },
    "right_ended": {
        "patent": Article("专利法第42条、第44条、第47条"),
        "mark": Article("商标法第39条、第40条；2027年起第43条、第44条", "tm-expired"),
        "work": Article("著作权法第23条"),
        "": Article("民法典第865条", sure=False),
    },
    "right_pending": {
        "patent": Article("专利法第10条；技术合同司法解释第29条", sure=False),
        "": Article("", sure=False),
    },
    "right_not_granted": {
        "patent": Article(
            "专利权质押登记办法第11条；专利法实施细则第86条", "patent-pledge-refusal"
        ),
        "": Article("民法典第440条、第444条", "pledge-only-transferable-right"),
    },
    "right_in_grace": {
        "patent": Article("专利法第43条；专利法实施细则第115条"),
        "mark": Article("商标法第40条；2027年起第44条", "tm-renewal-window"),
        "": Article("", sure=False),
    },
    "fee_unpaid": {
        "": Article("专利权质押登记办法第11条；专利法实施细则第86条", "patent-pledge-refusal")
    },
    "licence_outlives_right": {
        "patent": Article("民法典第865条", "patent-term-covers-licence"),
        "": Article("民法典第865条", sure=False),
    },
    "debt_outlives_right": {
        "patent": Article("专利权质押登记办法第11条", "patent-pledge-refusal"),
        "work": Article("著作权质权登记办法第12条", "copyright-pledge-refusal", sure=False),
        "": Article("民法典第440条", sure=False),
    },
    "licence_exclusive": {
        "patent": Article("技术合同司法解释第25条第1款（一）", "patent-exclusivity-conflict"),
        "mark": Article("最高法商标民事纠纷解释第3条（一）", sure=False),
        "work": Article("著作权法第26条；著作权法实施条例第24条", sure=False),
        "": Article("技术合同司法解释第25条", sure=False),
    },
    "licence_sole": {
        "patent": Article("技术合同司法解释第25条第1款（二）", "patent-exclusivity-conflict"),
        "mark": Article("最高法商标民事纠纷解释第3条（二）", sure=False),
        "": Article("技术合同司法解释第25条", sure=False),
    },
    "licence_standing": {
        "patent": Article("技术合同司法解释第25条", "patent-exclusivity-conflict"),
        "": Article("技术合同司法解释第25条", sure=False),
    },
    "open_licence_stands": {
        "": Article("专利法第51条第3款", "open-licence-no-exclusive"),
    },
    "open_licence_twice": {"": Article("专利法第50条")},
    "open_licence_patents_only": {"": Article("专利法第50条")},
    "open_licence_withdraw_first": {
        "": Article("专利审查指南第五部分第十一章第9节", "open-licence-withdraw-before-transfer")
    },
    "open_licence_terms": {"": Article("专利法第51条第3款")},
    "open_licence_pledgee": {
        "": Article("专利审查指南第五部分第十一章第9节", "patent-pledge-open-licence-statement")
    },
    "exclusive_bars_open_licence": {
        "": Article("专利法实施细则第86条（一）", "open-licence-refusal")
    },
    "pledgee": {"": Article("民法典第444条第2款", "pledged-no-transfer-or-licence")},
    "proceeds_to_pledgee": {"": Article("民法典第444条第2款", "pledged-proceeds-to-pledgee")},
    "pledged_already": {"": Article("专利权质押登记办法第11条", "patent-pledge-refusal")},
    "later_rank": {"": Article("民法典第414条、第446条", sure=False)},
    "pledge_declared": {"": Article("民法典第444条第1款", "pledge-effective-on-registration")},
    "pledge_unregistrable": {"": Article("民法典第440条、第444条", sure=False)},
    "coowner": {
        "patent": Article("专利法第14条第2款", "patent-coowner-all-consent"),
        "work": Article("著作权法第14条第2款", "copyright-coauthor-restricted-acts"),
        "trade_secret": Article("民法典第861条", "trade-secret-co-holders"),
        "mark": Article("商标法第5条；商标法实施条例第16条", sure=False),
        "": Article("民法典第301条、第310条", sure=False),
    },
    "coowners_share": {
        "patent": Article("专利法第14条第1款", "patent-coowner-plain-licence-share-fee"),
        "work": Article("著作权法第14条第2款", "copyright-coauthor-restricted-acts"),
        "": Article("民法典第310条", sure=False),
    },
    "coowners_agreed": {
        "patent": Article("专利法第14条第1款"),
        "": Article("民法典第300条、第310条", sure=False),
    },
    "frozen": {
        "patent": Article("专利法实施细则第104条；最高法专利纠纷规定", "patent-frozen"),
        "mark": Article("最高法注册商标权财产保全解释第1条、第2条", "tm-frozen"),
        "": Article("最高法查封、扣押、冻结财产规定第24条", sure=False),
    },
    "frozen_licence": {"": Article("最高法查封、扣押、冻结财产规定第24条", sure=False)},
    "dispute_suspended": {
        "patent": Article("专利法实施细则第103条", "patent-frozen"),
        "": Article("", sure=False),
    },
    "dispute_bars_pledge": {
        "": Article("著作权质权登记办法第12条", "copyright-pledge-refusal", sure=False)
    },
    "dispute": {"": Article("民法典第870条")},
    "invalidation": {
        "patent": Article("民法典第870条；专利法第47条", "patent-invalidation-pending"),
        "": Article("民法典第870条", sure=False),
    },
    "invalidation_declaration": {
        "": Article("专利权质押登记办法第11条", "patent-pledge-refusal"),
    },
    "secured_party": {"": Article("民法典第388条、第445条", sure=False)},
    "secured_party_told": {"": Article("民法典第388条、第445条", sure=False)},
    "priority_inventor": {"": Article("民法典第847条", "service-inventor-preemption")},
    "priority_joint_developer": {"": Article("民法典第860条", "codeveloper-preemption")},
    "priority_commissioner": {"": Article("民法典第859条", "codeveloper-preemption")},
    "priority_coowner": {"": Article("民法典第860条；合同约定", sure=False)},
    "priority_licensee": {"": Article("合同约定", sure=False)},
    "priority_contract": {"": Article("合同约定", sure=False)},
    "licences_survive": {
        "patent": Article("技术合同司法解释第24条第2款", "patent-transfer-subject-to-licences"),
        "mark": Article("最高法商标民事纠纷解释第20条", sure=False),
        "": Article("技术合同司法解释第24条第2款", sure=False),
    },
    "transferee_unqualified": {
        "": Article("商标法（2026年修订）第47条", "tm-collective-cert-transferee")
    },
    "transferee_to_qualify": {
        "": Article("集体商标、证明商标注册和管理规定", "tm-collective-cert-transferee", sure=False)
    },
    "moral_rights_stay": {
        "": Article("著作权法第10条第2款、第3款", "copyright-moral-rights-not-transferable")
    },
    "beyond_territory": {"": Article("", sure=False)},
    "free_text": {"": Article("")},
    "scope_empty": {"": Article("")},
    "scope_past": {"": Article("")},
}
_FROM_2027 = Article("商标法（2026年修订）第47条", "tm-collective-cert-transferee")
CODES = frozenset(_BY_CODE)


def behind(code: str, kind: str, on: date) -> Article:
    """The article behind a reason for a right of this kind on this day."""
    if code == "transferee_to_qualify" and on >= NEW_TRADEMARK_LAW:
        return _FROM_2027
    known = _BY_CODE[code]
    return known.get(family(kind)) or known[""]
