"""The languages that Whisper was trained on, and how a request names one."""

from roundhouse_engine import ApiError, LoadError
from roundhouse_engine.fields import near

# In the order of the models' language tokens.
NAMES = dict(each.split(":") for each in (
    "en:english zh:chinese de:german es:spanish ru:russian ko:korean fr:french ja:japanese pt:portuguese tr:turkish pl:polish "
    "ca:catalan nl:dutch ar:arabic sv:swedish it:italian id:indonesian hi:hindi fi:finnish vi:vietnamese he:hebrew "
    "uk:ukrainian el:greek ms:malay cs:czech ro:romanian da:danish hu:hungarian ta:tamil no:norwegian th:thai ur:urdu "
    "hr:croatian bg:bulgarian lt:lithuanian la:latin mi:maori ml:malayalam cy:welsh sk:slovak te:telugu fa:persian "
    "lv:latvian bn:bengali sr:serbian az:azerbaijani sl:slovenian kn:kannada et:estonian mk:macedonian br:breton eu:basque "
    "is:icelandic hy:armenian ne:nepali mn:mongolian bs:bosnian kk:kazakh sq:albanian sw:swahili gl:galician mr:marathi "
    "pa:punjabi si:sinhala km:khmer sn:shona yo:yoruba so:somali af:afrikaans oc:occitan ka:georgian be:belarusian tg:tajik "
    "sd:sindhi gu:gujarati am:amharic yi:yiddish lo:lao uz:uzbek fo:faroese ht:haitian+creole ps:pashto tk:turkmen "
    "nn:nynorsk mt:maltese sa:sanskrit lb:luxembourgish my:myanmar bo:tibetan tl:tagalog mg:malagasy as:assamese tt:tatar "
    "haw:hawaiian ln:lingala ha:hausa ba:bashkir jw:javanese su:sundanese yue:cantonese").split())
NAMES["ht"] = "haitian creole"
CODES = {name: code for code, name in NAMES.items()}
# Written without spaces between words: every character is a word for the purpose of times.
SPACELESS = {"zh", "ja", "th", "lo", "my", "yue"}


def code_of(text):
    """The code of `en`, `EN`, `en-US` or `English`, `auto` as it is, else None."""
    text = text.strip().lower()
    base = text.replace("_", "-").split("-")[0]
    if text == "auto":
        return text
    return CODES.get(text) or (base if base in NAMES else None)


def chosen_language(text, multilingual):
    """The code that a request asked for. `auto` becomes `en` where the model knows English alone: it would guess at random."""
    code = code_of(text)
    if code is None:
        message = f"language {text!r} is unknown{near(text, [*NAMES, *CODES])}; send an ISO 639-1 code as en, or auto"
        raise ApiError(message, param="language", code="invalid_value")
    if multilingual:
        return code
    if code not in ("en", "auto"):
        raise ApiError(f"language {NAMES[code]} is not for this model, which knows English only", param="language", code="unsupported_language")
    return "en"


def default_language(text, multilingual):
    try:
        return chosen_language(text, multilingual)
    except ApiError as error:
        raise LoadError(f"--language: {error}") from None
