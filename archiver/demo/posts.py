"""What the sample district posted in two years, and what its made-up public wrote back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account on the demo server. Nobody here exists."""

    username: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image of a post: `seed` decides what it shows, `alt` describes it (None: nobody wrote a description)."""

    seed: int
    alt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One status: `days` before the start of the demo; `to` and `boosts` are keys of what it answers or shares."""

    key: str
    days: float
    text: str = ""
    by: str = "tamarack_hollow_sd"
    to: str = ""
    boosts: str = ""
    warning: str = ""
    visibility: str = "public"
    language: str = "en"
    pictures: tuple[Picture, ...] = ()
    poll: tuple[tuple[str, int], ...] = ()
    audience: tuple[str, ...] = ()


DISTRICT = Person(
    username="tamarack_hollow_sd",
    name="Tamarack Hollow School District No. 999 (sample)",
    note="Sample district of the Archiver demo. Made up: no such district, schools or people exist.",
)

PEOPLE = (
    DISTRICT,
    Person(username="quill_marchbank", name="Quill Marchbank", note="Parent of two at Osprey Bend (made up)"),
    Person(username="odessa_fennimore", name="Odessa Fennimore", note="Fernwater band parent (made up)"),
    Person(username="teo_larkwhistle", name="Teo Larkwhistle"),
    Person(username="priya_underhay", name="Priya Underhay"),
    Person(username="bram_sorrelwood", name="Bram Sorrelwood", note="Grandfather, gardener (made up)"),
    Person(username="hollow_library", name="Tamarack Hollow Library (sample)"),
)

_PLAIN = (
    (765, "Hello from the Tamarack Hollow School District. We will post news, closures and board agendas here."),
    (719, "The board meets Tuesday at 6 pm in the Fernwater library. The agenda is on our blog."),
    (700, "Thank you to the forty volunteers who painted the Osprey Bend playground on Saturday."),
    (688, "Kindergarten registration opens Monday. Bring proof of address and immunization records."),
    (671, "Bus 7 now stops at Alder and 3rd instead of Alder and 5th."),
    (655, "Robotics team 4471x placed second at the regional meet. Well done, Hollow Otters!"),
    (640, "Reminder: early release on Friday, 90 minutes before the usual time."),
    (622, "The budget survey closes tonight at midnight. 612 families have answered so far."),
    (603, "Summer meals: free lunch for anyone under 18, weekdays at Osprey Bend, 11:30 to 12:30."),
    (580, "School supply lists are on our blog. Need help with supplies? Call any school office."),
    (561, "First day of school! Classes begin at 8:05 at Tamarack Hollow High and 8:45 at Osprey Bend."),
    (540, "Picture day at Fernwater Middle School is Thursday."),
    (519, "Flu shot clinic in the high school gym, Wednesday 3 to 6 pm."),
    (498, "The levy information meeting is moved to the cafeteria, 7 pm. Interpreters will be there."),
    (470, "Winter concert: doors open at 6:30. Admission is free; bring a can for the food shelf."),
    (441, "Two hours late today because of ice on Ridge Road. No morning preschool. #LateStart"),
    (433, "Thank you to our crossing guards, who stood in the ice this week."),
    (419, "The board adopted policy 3241p on student conduct at its January meeting. Minutes are on our blog."),
    (402, "Water at Fernwater was tested in all 31 taps. Two were above the action level and are shut off."),
    (377, "Spring sports sign-up is open until the 14th."),
    (350, "The district is hiring bus drivers. Paid training, benefits from the first day."),
    (331, "Science fair winners are listed on our blog. Congratulations to every exhibitor."),
    (312, "Graduation is on the 8th at 4 pm. Each graduate has six tickets."),
    (286, "Our offices are open Monday to Thursday in July, 8 am to 2 pm."),
    (263, "Construction on the Osprey Bend roof is on schedule: done before classes begin."),
    (240, "Meet-the-teacher evening: Thursday, 5:30 to 7 pm, all schools."),
    (214, "Attendance matters: missing two days a month adds up to twenty days in a year."),
    (189, "The board seeks applicants for the vacant District 3 seat. Letters are due on the 30th."),
    (161, "Food drive total: 2,304 pounds. Fernwater's sixth grade brought the most."),
    (134, "Tamarack Hollow High is closed today because of a power failure. Other schools are open. #Closure"),
    (97, "The second board listening session is in Spanish, Vietnamese and English."),
    (66, "Fernwater's library has extended hours: open until 5 pm, Monday to Thursday."),
    (31, "The draft calendar for next year is on our blog. Comments are welcome until the 20th."),
)

_MARKED = (
    Told(
        key="picnic",
        days=594,
        text="Pictures from the district picnic.\n\nThank you, Grange Hall, for the tables!",
        pictures=(
            Picture(seed=1, alt="Families at long tables under striped awnings"),
            Picture(seed=2, alt="Children in a sack race on the school lawn"),
        ),
    ),
    Told(
        key="roof",
        days=270,
        text="The new roof of Osprey Bend, seen from the field. #Construction",
        pictures=(Picture(seed=3, alt="A crane lifts a blue roof panel over a brick school"),),
    ),
    Told(key="mural", days=120, text="The seniors' mural is finished.", pictures=(Picture(seed=4, alt=None),)),
    Told(
        key="poll",
        days=203,
        text="Which start of spring break suits your family?",
        poll=(("March 30", 118), ("April 6", 203), ("No preference", 44)),
    ),
    Told(
        key="drill",
        days=155,
        warning="Safety drill, mentions lockdown",
        text="Tamarack Hollow High held its yearly lockdown drill this morning. It was a drill; nobody was in danger.",
    ),
    Told(
        key="espanol",
        days=149,
        language="es",
        text="La reunión para familias será el jueves a las 18:00 en la biblioteca. Habrá cuidado de niños.",
    ),
    Told(
        key="viet",
        days=148,
        language="vi",
        text="Buổi họp phụ huynh: thứ Năm, 6 giờ chiều, thư viện Fernwater. Có thông dịch viên. 🏫",
    ),
    Told(
        key="library", days=90, by="hollow_library", text="Story time in the schools begins on Monday. Otters & books!"
    ),
    Told(key="boost", days=89.5, boosts="library"),
    Told(key="buses", days=45, text="Three bus routes change on Monday: 4, 7 and 12. Please check your stop."),
    Told(key="boundary", days=20, text="The board is looking at the boundary between Osprey Bend and Alder Creek."),
    Told(key="crossing", days=12, text="A new flashing crosswalk opens at Alder and 3rd tomorrow."),
    Told(key="lunch", days=6, text="Lunch prices stay the same next year: $3.10 elementary, $3.40 secondary."),
    Told(key="meeting", days=2, text="The board meets Tuesday at 6 pm. One item: the boundary study. #SchoolBoard"),
)

_REPLIES = (
    Told(key="c1", days=593.9, by="odessa_fennimore", to="picnic", text="Lovely day. Who made the rhubarb pie?"),
    Told(key="c1a", days=593.8, to="c1", text="That was Mr. Sorrelwood's. He will share the recipe."),
    Told(key="c1b", days=593.7, by="bram_sorrelwood", to="c1a", text="It is my mother's. More butter than you think."),
    Told(
        key="c2", days=202.6, by="teo_larkwhistle", to="poll", text="Could it fall together with the college's break?"
    ),
    Told(
        key="c3",
        days=44.9,
        by="quill_marchbank",
        to="buses",
        text="Route 7 came 20 minutes early today. Nobody told us.",
    ),
    Told(key="c3a", days=44.8, to="c3", text="We are sorry. Transportation is calling every family on route 7 today."),
    Told(key="c3b", days=44.7, by="quill_marchbank", to="c3a", text="Thank you. They called."),
    Told(key="c3c", days=44.5, by="priya_underhay", to="c3", text="Same on route 12 <Ridge & Alder>."),
    Told(
        key="c4",
        days=19.9,
        by="priya_underhay",
        to="boundary",
        text="Will younger brothers and sisters be kept together?",
    ),
    Told(key="c4a", days=19.7, to="c4", text="The study will answer that. It comes to the board on Tuesday."),
    Told(
        key="c5",
        days=19.5,
        by="bram_sorrelwood",
        to="boundary",
        text="The map in the packet cannot be read. Please post it larger.",
    ),
    Told(key="c6", days=11.5, by="odessa_fennimore", to="crossing", text="Finally! 🎉"),
    Told(key="c7", days=1.8, by="teo_larkwhistle", to="meeting", text="Is there a way to speak by phone?"),
    Told(key="c7a", days=1.6, to="c7", text="Yes: sign up by noon on Tuesday and we will call you."),
    Told(key="c8", days=1.2, by="quill_marchbank", to="meeting", text="You people never listen. Waste of time."),
)

_DIRECT = (
    Told(
        key="d-old",
        days=760.0,
        by="odessa_fennimore",
        visibility="direct",
        audience=("tamarack_hollow_sd",),
        text="Is the enrollment form also in Spanish?",
    ),
    Told(
        key="d-old-answer",
        days=759.9,
        to="d-old",
        visibility="direct",
        audience=("odessa_fennimore",),
        text="Yes, on paper at the district office and on our website.",
    ),
    Told(
        key="d1",
        days=5.0,
        by="priya_underhay",
        visibility="direct",
        audience=("tamarack_hollow_sd",),
        text="My daughter's stop on route 12 has no light and she waits there at 6:50. Whom do I ask?",
    ),
    Told(
        key="d2",
        days=4.9,
        to="d1",
        visibility="direct",
        audience=("priya_underhay",),
        text="Thank you for telling us. Which corner is it? I will ask Transportation to look today.",
    ),
    Told(
        key="d3",
        days=4.8,
        by="priya_underhay",
        to="d2",
        visibility="direct",
        audience=("tamarack_hollow_sd",),
        text="Ridge Road and Alder, the north side.",
    ),
    Told(
        key="d4",
        days=4.1,
        to="d3",
        visibility="direct",
        audience=("priya_underhay",),
        text="The stop moves to the lit side of the street from Monday.",
    ),
)

STATUSES: tuple[Told, ...] = (
    *(Told(key=f"p{number}", days=days, text=text) for number, (days, text) in enumerate(_PLAIN, start=1)),
    *_MARKED,
    *_REPLIES,
    *_DIRECT,
)
"""Everything that is there when the demo begins, in no particular order."""
