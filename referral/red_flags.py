"""Which answers, and which words in what people write, a clinician must look at. Pure, and one way only: an answer can
raise urgency and flag, none can lower, hide or refuse. "Not choking" flags too: a person reads it and clears it."""

import re
from collections.abc import Iterable, Mapping

from referral.words import FlagKind, Sign

Given = Mapping[str, str | list[str]]

# Answer → what it is a sign of (annex §1.4).
SIGNALS: Mapping[tuple[str, str], Sign] = {
    ("eating_signs", "drink"): Sign.CHOKING,
    ("eating_signs", "food"): Sign.CHOKING,
    ("eating_signs", "colour"): Sign.UNSAFE_SWALLOW,
    ("eating_signs", "wet"): Sign.UNSAFE_SWALLOW,
    ("eating_signs", "breathing"): Sign.UNSAFE_SWALLOW,
    ("eating_signs", "infections"): Sign.UNSAFE_SWALLOW,
    ("eating_signs", "weight"): Sign.WEIGHT,
    ("tracheostomy", "yes"): Sign.UNSAFE_SWALLOW,
    ("ot_unsafe", "yes"): Sign.UNSAFE_MOVING,
    ("physio_areas", "nerve"): Sign.BRACHIAL_PLEXUS,
    ("baby_signs", "arm"): Sign.BRACHIAL_PLEXUS,
    ("baby_signs", "turn"): Sign.BABY,
    ("physio_hand", "yes"): Sign.EARLY_MOVEMENT,
    ("physio_walks", "late"): Sign.LATE_WALKING,
    ("physio_muscles", "range"): Sign.LOST_SKILLS,
    ("born_early", "under-30"): Sign.BABY,
    ("stammer_upset", "upset"): Sign.NEW_STAMMER,
    ("concerns", "yes"): Sign.SAFETY,
    ("plans", "child-protection"): Sign.SAFETY,
    ("agreed", "safeguarding"): Sign.SAFETY,
}

FLAGGED: Mapping[tuple[str, str], FlagKind] = {
    ("agreed", "safeguarding"): FlagKind.SAFEGUARDING,
    ("not_tell", "yes"): FlagKind.NOT_TELL,
    ("looked_after", "yes"): FlagKind.LOOKED_AFTER,
    ("looked_after", "unsure"): FlagKind.LOOKED_AFTER,
    ("disagree", "yes"): FlagKind.DISAGREEMENT,
    ("disagree", "unsure"): FlagKind.DISAGREEMENT,
    ("court", "yes"): FlagKind.COURT_ORDER,
    ("visit_risk", "yes"): FlagKind.VISIT_RISK,
}

# Whole words and phrases, as people write them.
WORDS: Mapping[Sign, tuple[str, ...]] = {
    Sign.CHOKING: ("choke", "chokes", "choked", "choking", "gags", "gagging"),
    Sign.UNSAFE_SWALLOW: (
        "aspirate", "aspirates", "aspirated", "aspirating", "aspiration", "unsafe swallow", "turns blue",
        "went blue", "turned blue", "goes blue", "chest infection", "chest infections", "gurgly",
    ),
    Sign.WEIGHT: ("weight loss", "losing weight", "lost weight", "not gaining weight", "faltering growth",
                  "failure to thrive", "dropped centiles"),
    Sign.LOST_SKILLS: ("regression", "regressed", "regressing", "lost skills", "losing skills", "lost words",
                       "lost her words", "lost his words", "lost their words", "stopped talking", "stopped walking",
                       "no longer walks", "no longer talks", "deteriorating", "deteriorated", "deterioration"),
    Sign.LIFE_LIMITING: ("end of life", "life limiting", "life-limiting", "palliative", "hospice"),
    Sign.FROM_HOSPITAL: ("discharged", "discharge from hospital", "neonatal unit", "intensive care", "nicu", "picu"),
    Sign.SAFETY: (
        "abuse", "abused", "abusing", "abusive", "neglect", "neglected", "domestic violence", "violence",
        "bruise", "bruises", "bruising", "hits her", "hits him", "hits them", "hits me", "beaten", "slapped",
        "safeguarding", "not safe",
        "afraid of", "threatened", "threatens", "self harm", "self-harm", "self-harming",
        "suicide", "suicidal", "kill", "refuge", "social services", "child protection", "sexual", "fgm",
        "forced marriage", "trafficked",
    ),
}  # fmt: skip

_FINDS = {
    sign: re.compile(r"(?<!\w)(?:" + "|".join(re.escape(one) for one in words) + r")(?!\w)", re.IGNORECASE)
    for sign, words in WORDS.items()
}


def signs_in(answers: Given) -> frozenset[Sign]:
    """What the answers are signs of, beside what was ticked as a sign."""
    return frozenset(sign for (name, value), sign in SIGNALS.items() if value in _given(answers, name))


def signs_in_words(texts: Iterable[str]) -> frozenset[Sign]:
    """What the words people wrote may be signs of. Line breaks and typographic apostrophes do not hide a phrase."""
    plain = "\n".join(" ".join(text.split()) for text in texts)
    return frozenset(sign for sign, finds in _FINDS.items() if finds.search(plain))


def flags_in(answers: Given) -> frozenset[FlagKind]:
    """What a clinician must look at that does not say how soon a child must be seen."""
    return frozenset(flag for (name, value), flag in FLAGGED.items() if value in _given(answers, name))


def _given(answers: Given, name: str) -> list[str]:
    given = answers.get(name, [])
    return [given] if isinstance(given, str) else given
