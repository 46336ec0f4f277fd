"""YouTube channels by the Data API: uploads, comments with replies, held ones too, live chat, captions, playlists."""

from __future__ import annotations

from archiver.model import Account, Auth, Fetch, HeaderKey, ItemRef, Judged, Pace, Page, Refreshed, Reply, Stream
from connectors.youtube_asking import by_key, channel, item_fetch
from connectors.youtube_errors import judged, pause
from connectors.youtube_pages import READERS
from connectors.youtube_quota import UNITS_A_DAY, units


class YouTube:
    """The account's address is https://www.googleapis.com/youtube/v3. With the owner's consent as credential also
    what only the owner sees; with an API key (the option `login` is `key`) what everybody sees; else nothing.
    """

    platform = "youtube"
    title = "YouTube channel"
    version = 1
    auth: Auth = Refreshed(token_url="https://oauth2.googleapis.com/token")
    pace = Pace(requests=UNITS_A_DAY, seconds=86_400)
    streams: tuple[Stream, ...] = (
        Stream(
            name="profile",
            holds="the channel's name, handle, description, keywords, pictures and counts; a notice of the day's plan "
            "of units: 96 polls of 6 units (at the usual 15 minutes; 4 with an API key) and a walk over all videos",
            history="as it stands now",
            changes="each change from the first poll on; another channel behind the consent or the pinned id",
            not_captured="everything, without a credential: the owner's consent, or an API key with the option `login` "
            "set to `key`. A key is sent in the header X-Goog-Api-Key; that the platform takes it there everywhere is "
            "not confirmed. A consent whose project is still in testing lapses after 7 days",
            costs="1 unit in each poll. A project has 10,000 units a day, shared by all channels asked with it; when "
            "they are used up the archive waits until midnight Pacific time, which is not confirmed. A walk over all "
            "takes 2 units for each 50 videos, 1 for the threads of each video and 1 for each 100 threads",
        ),
        Stream(
            name="posts",
            holds="videos, shorts and streams with title, description, tags, translations, state, counts and still "
            "picture; with the owner's consent also unlisted and private ones",
            history="all uploads the platform lists",
            changes="edits, which the platform does not date: of the newest 50 in every poll, of older ones when "
            "walked again; that the list has the newest first is not confirmed",
            not_captured="the video files themselves, which the platform gives to nobody by this way (the owner can "
            "have them from Studio or Takeout); earlier titles and descriptions; a still picture that took the place "
            "of another under the same address; who liked; posts of the Community tab, which cannot be listed; the "
            "sections of the channel's page",
            costs="2 units for each 50 videos",
        ),
        Stream(
            name="discussion",
            holds="the newest threads anywhere on the channel, with the replies that come along",
            history="all threads the platform lists",
            changes="new threads in every poll, also below old videos. Comments below posts of the Community tab are "
            "kept where they are among them, which is not confirmed",
            not_captured="comments made and removed between two polls",
            costs="1 unit for each 100 threads",
        ),
        Stream(
            name="comments",
            holds="all comments of a video with all replies (one level)",
            history="all the platform shows",
            changes="asked again when the video's number of comments changes (that replies count in it is not "
            "confirmed) and in every re-walk; edits by their time; one that is missing is looked at directly",
            not_captured="earlier texts of a comment; edits and replies below videos beyond the newest 50 until they "
            "are walked again; comments that were rejected; where comments are off, none; who liked",
            costs="1 unit for each 100 threads, and for each 100 replies of a thread with more than came along",
        ),
        Stream(
            name="held",
            holds="comments held for review, kept as held, and likely spam, kept as hidden (the owner's consent)",
            history="what waits now; how long the platform keeps it is not told",
            changes="in every poll; one that left is looked at directly, and is then public or hidden. Of a reply "
            "looked at directly the owner is not told who sees it: its visibility is then unknown",
            not_captured="comments rejected or removed between two polls; held replies where the platform does not "
            "list them, which is not confirmed",
            costs="2 units in each poll",
        ),
        Stream(
            name="chat",
            holds="messages and events of a live chat, paid ones and notes of removal among them",
            history="only while the broadcast is live, and then what one answer shows (at most 2,000; how far it "
            "reaches back is not confirmed)",
            changes="in every poll of a live video; the platform says in each answer (pollingIntervalMillis) how long "
            "to wait before the next, and the archive waits that long, but a minute at most",
            not_captured="chats of broadcasts that are over; messages that one answer no longer shows at the next "
            "poll, so that a busy chat needs a short interval; the text of what was removed before it was read",
            costs="1 unit for each page; that it is no more is not confirmed",
        ),
        Stream(
            name="captions",
            holds="caption tracks with their files (the owner's consent with youtube.force-ssl)",
            history="the tracks of each video that has some, automatic ones only where the platform lists them",
            changes="each week while the video is younger than 30 days, and once later",
            not_captured="changes and removals of tracks after that; with an API key, tracks at all",
            costs="by what is not confirmed 50 units for the tracks of a video and 200 for each file; the plan of the "
            "day does not count them",
        ),
        Stream(
            name="playlists",
            holds="names, descriptions and states of the channel's playlists",
            history="all",
            changes="once a day",
            not_captured="playlists of others, watch histories, likes",
            costs="1 unit for each 50, once a day",
        ),
        Stream(
            name="entries",
            holds="which videos a playlist holds, with the owner's notes; their places as counts",
            history="all",
            changes="asked again when the playlist's number of videos or its mark of change does; removals then",
            not_captured="a mere change of order where the platform does not mark it",
            costs="1 unit for each 50",
        ),
    )

    def auth_for(self, account: Account) -> Auth:
        """An API key is sent as it is; the owner's consent gives access tokens."""
        return HeaderKey(name="X-Goog-Api-Key") if by_key(account) else self.auth

    def first(self, account: Account) -> tuple[Fetch, ...]:
        """Who the channel is: by its owner's consent, else by its id or handle."""
        return (channel(account),)

    def read(self, account: Account, fetch: Fetch, reply: Reply) -> Page:
        """What a reply holds. Raises Unreadable where it is not the list that was asked for."""
        return READERS[fetch.stream](account, fetch, reply)

    def check(self, account: Account, item: ItemRef) -> Fetch | None:
        """The item by its id; what is not there is answered with an empty list, which `judge` takes for absent."""
        return item_fetch(account, item)

    def judge(self, _account: Account, fetch: Fetch, reply: Reply) -> Judged | None:
        """What an error means by its reason, whatever its status."""
        return judged(fetch, reply)

    def units(self, fetch: Fetch) -> int:
        """What a request takes of the day's units."""
        return units(fetch)

    def pause(self, reply: Reply) -> float:
        """Until midnight Pacific where the day's units are spent; as long as a live chat asks for."""
        return pause(reply)


CONNECTOR = YouTube()
