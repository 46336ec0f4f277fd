"""The fields of YouTube's resources that are known, by kind and part: others are kept raw, and counted as drift."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from connectors.fields import at, rows, text
from connectors.youtube_comments import CHAT_KINDS, STATES
from connectors.youtube_items import PRIVACY

_RESOURCE = "kind etag id"
_SHOWN = "publishedAt channelId title description thumbnails channelTitle"

KNOWN: dict[str, dict[str, frozenset[str]]] = {
    kind: {part: frozenset(names.split()) for part, names in parts.items()}
    for kind, parts in {
        "channel": {
            "": f"{_RESOURCE} snippet contentDetails statistics status brandingSettings localizations topicDetails "
            "auditDetails contentOwnerDetails conversionPings",
            "snippet": "title description customUrl publishedAt thumbnails country defaultLanguage localized",
            "statistics": "viewCount subscriberCount hiddenSubscriberCount videoCount commentCount",
            "status": "privacyStatus isLinked longUploadsStatus madeForKids selfDeclaredMadeForKids "
            "isChannelMonetizationEnabled",
        },
        "video": {
            "": f"{_RESOURCE} snippet contentDetails status statistics liveStreamingDetails recordingDetails "
            "localizations paidProductPlacementDetails ageGating brandPartner fileDetails monetizationDetails player "
            "processingDetails projectDetails suggestions topicDetails",
            "snippet": f"{_SHOWN} tags categoryId liveBroadcastContent defaultLanguage localized defaultAudioLanguage",
            "status": "uploadStatus failureReason rejectionReason privacyStatus publishAt license embeddable "
            "publicStatsViewable madeForKids selfDeclaredMadeForKids containsSyntheticMedia",
            "statistics": "viewCount likeCount dislikeCount favoriteCount commentCount",
            "liveStreamingDetails": "actualStartTime actualEndTime scheduledStartTime scheduledEndTime "
            "concurrentViewers activeLiveChatId",
            "contentDetails": "duration dimension definition caption licensedContent regionRestriction contentRating "
            "projection hasCustomThumbnail countryRestriction",
        },
        "playlist": {
            "": f"{_RESOURCE} snippet status contentDetails localizations player",
            "snippet": f"{_SHOWN} defaultLanguage localized tags thumbnailVideoId",
            "status": "privacyStatus podcastStatus",
            "contentDetails": "itemCount",
        },
        "playlistItem": {
            "": f"{_RESOURCE} snippet contentDetails status",
            "snippet": f"{_SHOWN} playlistId position resourceId videoOwnerChannelTitle videoOwnerChannelId",
            "contentDetails": "videoId startAt endAt note videoPublishedAt",
            "status": "privacyStatus",
        },
        "commentThread": {
            "": f"{_RESOURCE} snippet replies",
            "snippet": "channelId videoId topLevelComment canReply totalReplyCount isPublic",
        },
        "comment": {
            "": f"{_RESOURCE} snippet",
            "snippet": "authorDisplayName authorProfileImageUrl authorChannelUrl authorChannelId channelId videoId "
            "textDisplay textOriginal parentId canRate viewerRating likeCount moderationStatus publishedAt updatedAt "
            "imageUrl",
        },
        "caption": {
            "": f"{_RESOURCE} snippet",
            "snippet": "videoId lastUpdated trackKind language name audioTrackType isCC isLarge isEasyReader isDraft "
            "isAutoSynced status failureReason",
        },
        "liveChatMessage": {
            "": f"{_RESOURCE} snippet authorDetails",
            "snippet": "type liveChatId authorChannelId publishedAt hasDisplayContent displayMessage "
            "fanFundingEventDetails textMessageDetails messageDeletedDetails messageRetractedDetails "
            "userBannedDetails memberMilestoneChatDetails newSponsorDetails membershipGiftingDetails "
            "giftMembershipReceivedDetails superChatDetails superStickerDetails pollDetails giftDetails",
        },
    }.items()
}
_VALUES = (
    ("video", ("status", "privacyStatus"), frozenset(PRIVACY)),
    ("playlist", ("status", "privacyStatus"), frozenset(PRIVACY)),
    ("playlistItem", ("status", "privacyStatus"), frozenset(PRIVACY)),
    ("comment", ("snippet", "moderationStatus"), frozenset(STATES)),
    ("liveChatMessage", ("snippet", "type"), CHAT_KINDS),
)


def kind_of(node: Any) -> str:
    """What a resource says it is, such as `video`."""
    return text(node, "kind").removeprefix("youtube#")


def drift(nodes: Iterable[Any]) -> Counter[str]:
    """Kinds, fields and values that are not known, by name, also of the comments within threads."""
    found: Counter[str] = Counter()
    for node in nodes:
        found.update(_of_one(node))
        inner = [at(node, "snippet", "topLevelComment"), *rows(node, "replies", "comments")]
        for part in inner if kind_of(node) == "commentThread" else ():
            found.update(_of_one(part))
    return found


def _of_one(node: Any) -> list[str]:
    kind = kind_of(node)
    if not isinstance(node, dict) or not kind:
        return []
    if kind not in KNOWN:
        return [f"kind={kind[:60]}"]
    found = []
    for part, names in KNOWN[kind].items():
        held = at(node, part) if part else node
        place = f"{kind}.{part}." if part else f"{kind}."
        found += [f"{place}{name[:60]}" for name in held if name not in names] if isinstance(held, dict) else []
    for of, path, values in _VALUES:
        value = text(node, *path)
        if of == kind and value and value not in values:
            found.append(f"{kind}.{'.'.join(path)}={value[:60]}")
    return found
