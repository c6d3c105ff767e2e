"""Russian and French names of holidays, where the `holidays` library has none."""

import re

_MOVED = re.compile(r"^Day off \(substituted from (\d\d)/(\d\d)/(\d{4})\)$")
_SUFFIXES = {
    " (observed)": (" (перенос)", " (reporté)"),
    " (estimated)": (" (по расчёту)", " (estimé)"),
}
# English -> Russian, French.
NAMES = {
    "All Saints' Day": ("День всех святых", "Toussaint"),
    "Armistice Day": ("День перемирия", "Armistice"),
    "Ascension Day": ("Вознесение Господне", "Ascension"),
    "Assumption Day": ("Успение Богородицы", "Assomption"),
    "Boxing Day": ("День подарков", "Lendemain de Noël"),
    "Capital Day": ("День столицы", "Jour de la capitale"),
    "Catholic Christmas Day": ("Рождество Христово (католическое)", "Noël catholique"),
    "Catholic Easter": ("Пасха (католическая)", "Pâques catholiques"),
    "Catholic Easter; Orthodox Easter": (
        "Пасха (католическая и православная)",
        "Pâques catholiques et orthodoxes",
    ),
    "Christmas Day": ("Рождество Христово", "Noël"),
    "Columbus Day": ("День Колумба", "Jour de Christophe Colomb"),
    "Constitution Day": ("День Конституции", "Jour de la Constitution"),
    "Coronation of Charles III": ("Коронация Карла III", "Couronnement de Charles III"),
    "Defender of the Fatherland Day": (
        "День защитника Отечества",
        "Jour du défenseur de la Patrie",
    ),
    "Easter Monday": ("Пасхальный понедельник", "Lundi de Pâques"),
    "Eid al-Adha": ("Курбан-айт", "Aïd al-Adha"),
    "First President Day": ("День Первого Президента", "Jour du Premier président"),
    "German Unity Day": ("День германского единства", "Jour de l'Unité allemande"),
    "Good Friday": ("Страстная пятница", "Vendredi saint"),
    "Holiday of Spring and Labor": ("Праздник Весны и Труда", "Fête du Printemps et du Travail"),
    "Independence Day": ("День независимости", "Jour de l'Indépendance"),
    "Independence Day of the Republic of Belarus (Day of the Republic)": (
        "День Независимости Республики Беларусь",
        "Jour de l'Indépendance du Bélarus",
    ),
    "International Women's Day": (
        "Международный женский день",
        "Journée internationale des femmes",
    ),
    "Juneteenth National Independence Day": ("Джунтинс", "Juneteenth"),
    "Kazakhstan's People Solidarity Holiday": (
        "Праздник единства народа Казахстана",
        "Fête de l'unité du peuple du Kazakhstan",
    ),
    "Labor Day": ("День труда", "Fête du Travail"),
    "Martin Luther King Jr. Day": (
        "День Мартина Лютера Кинга",
        "Jour de Martin Luther King",
    ),
    "May Day": ("Майский день", "Fête de mai"),
    "Memorial Day": ("День памяти", "Memorial Day"),
    "National Day": ("Национальный праздник", "Fête nationale"),
    "New Year Holidays": ("Новогодние каникулы", "Congés du Nouvel An"),
    "New Year's Day": ("Новый год", "Jour de l'an"),
    "Non-working day by decree": ("Нерабочий день по указу", "Jour chômé par décret"),
    "Nowruz Holiday": ("Наурыз мейрамы", "Norouz"),
    "October Revolution Day": (
        "День Октябрьской революции",
        "Jour de la Révolution d'Octobre",
    ),
    "Orthodox Christmas": ("Православное Рождество", "Noël orthodoxe"),
    "Orthodox Christmas Day": (
        "Рождество Христово (православное)",
        "Noël orthodoxe",
    ),
    "Orthodox Easter": ("Пасха (православная)", "Pâques orthodoxes"),
    "Pentecost Monday": ("Духов день", "Lundi de Pentecôte"),
    "Platinum Jubilee of Elizabeth II": (
        "Платиновый юбилей Елизаветы II",
        "Jubilé de platine d'Élisabeth II",
    ),
    "Radunitsa (Day of Rejoicing)": ("Радуница", "Radonitsa"),
    "Republic Day": ("День Республики", "Jour de la République"),
    "Russia Day": ("День России", "Jour de la Russie"),
    "Second Day of Christmas": ("Второй день Рождества", "Lendemain de Noël"),
    "Spring Bank Holiday": ("Весенний банковский выходной", "Jour férié de printemps"),
    "State Funeral of Queen Elizabeth II": (
        "Похороны королевы Елизаветы II",
        "Funérailles d'Élisabeth II",
    ),
    "Thanksgiving Day": ("День благодарения", "Thanksgiving"),
    "Unity Day": ("День народного единства", "Jour de l'unité nationale"),
    "Veterans Day": ("День ветеранов", "Jour des anciens combattants"),
    "Victory Day": ("День Победы", "Jour de la Victoire"),
    "Washington's Birthday": ("День рождения Вашингтона", "Anniversaire de Washington"),
    "Women's Day": ("День женщин", "Journée des femmes"),
}


def translated(english: str) -> tuple[str, str]:
    """Russian and French. KeyError names a holiday that is not in the table: add it."""
    if match := _MOVED.match(english):
        month, day, year = match.groups()
        return (
            f"Выходной (перенесено с {day}.{month}.{year})",
            f"Jour de repos (reporté du {day}/{month}/{year})",
        )
    for suffix, (russian, french) in _SUFFIXES.items():
        if english.endswith(suffix):
            names = NAMES[english.removesuffix(suffix)]
            return names[0] + russian, names[1] + french
    return NAMES[english]
