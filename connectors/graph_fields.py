"""Which fields are asked of the Graph API, by kind of node and version, and when each version ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

CURRENT = "v26.0"

ENDS: Mapping[str, datetime | None] = {
    "v20.0": datetime(2026, 9, 24, tzinfo=UTC),
    "v21.0": datetime(2027, 1, 21, tzinfo=UTC),
    "v22.0": datetime(2027, 5, 20, tzinfo=UTC),
    "v23.0": datetime(2027, 10, 8, tzinfo=UTC),
    "v24.0": datetime(2028, 2, 18, tzinfo=UTC),
    "v25.0": datetime(2028, 7, 29, tzinfo=UTC),
    "v26.0": None,
}
"""The day on which a version ends, as the platform announced it; None where it announced none."""

# `<kind>` stands for the fields of another kind.
_SETS: Mapping[str, str] = {
    "page": (
        "id,name,username,about,description,category,link,website,phone,emails,is_published,fan_count,"
        "followers_count,cover,picture.type(large)"
    ),
    "post": (
        "id,message,story,created_time,updated_time,from,to,permalink_url,full_picture,parent_id,is_hidden,"
        "is_published,is_expired,status_type,timeline_visibility,shares,message_tags,story_tags,privacy,place,"
        "properties,scheduled_publish_time,backdated_time,admin_creator,"
        "attachments{<attachment>,subattachments.limit(100){<attachment>}},"
        "comments.filter(stream).limit(0).summary(total_count),reactions.limit(0).summary(total_count)"
    ),
    "attachment": "media,media_type,type,url,unshimmed_url,title,description,target",
    "comment": (
        "id,message,created_time,from,parent{id},object{id},comment_count,like_count,is_hidden,is_private,attachment,"
        "message_tags,permalink_url,live_broadcast_timestamp,admin_creator,application"
    ),
    "video": (
        "id,title,description,created_time,updated_time,from,permalink_url,source,picture,length,published,status,"
        "post_id,privacy,place,scheduled_publish_time,backdated_time,content_tags,views,"
        "comments.filter(stream).limit(0).summary(total_count),likes.limit(0).summary(total_count)"
    ),
    "photo": (
        "id,name,alt_text,alt_text_custom,created_time,updated_time,from,link,images,page_story_id,album{id,name},"
        "name_tags,place,backdated_time"
    ),
    "story": "post_id,status,creation_time,media_type,media_id,url",
    "review": "created_time,has_rating,has_review,rating,recommendation_type,review_text,reviewer,open_graph_story{id}",
    "blocked": "id,name",
    "captions": "create_time,is_default,locale,locale_name,uri",
    "conversation": (
        "id,link,snippet,updated_time,message_count,unread_count,participants,senders,former_participants,can_reply,"
        "folder,scoped_thread_key,messages.limit(1){<message>}"
    ),
    "message": (
        "id,created_time,from,to,message,sticker,attachments.limit(100),shares{id,link,name,description},story,"
        "reactions,tags,is_unsupported"
    ),
    "ig_page": "id,name,instagram_business_account{<ig_user>}",
    "ig_login": "user_id,account_type,<ig_user>",
    "ig_user": "id,username,name,biography,website,profile_picture_url,followers_count,follows_count,media_count",
    "ig_media": (
        "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,username,owner,shortcode,"
        "comments_count,like_count,is_comment_enabled,children{<ig_child>}"
    ),
    "ig_child": "id,media_type,media_url,thumbnail_url,permalink,timestamp",
    "ig_comment": "<ig_reply>,replies.limit(50){<ig_reply>}",
    "ig_reply": "id,text,timestamp,username,from,user,media,parent_id,hidden,like_count,legacy_instagram_comment_id",
    "ig_message": "id,created_time,from,to,message,attachments,shares,story,reactions,is_unsupported",
    "ig_conversation": "id,updated_time,messages.limit(1){<ig_message>}",
    "ig_thread": "id,updated_time,participants,messages.limit(20){<ig_message>}",
}

# Fields that came later, and since when we ask for them. The versions are not confirmed: one that does not know a
# field refuses the request, and is then asked without it.
_ADDED: Mapping[str, tuple[tuple[int, str], ...]] = {
    "ig_media": ((22, "alt_text"), (25, "is_ai_generated")),
    "ig_child": ((22, "alt_text"),),
}
_REFERENCE = re.compile(r"<(\w+)>")


def fields(kind: str, version: str) -> str:
    """The value of the parameter `fields` for a kind of node in a version such as `v26.0`."""
    later = (name for since, name in _ADDED.get(kind, ()) if major(version) >= since)
    asked = ",".join((_SETS[kind], *later))
    return _REFERENCE.sub(lambda found: fields(found[1], version), asked)


def major(version: str) -> int:
    """The number of a version such as `v26.0`; 0 for what is none."""
    digits = version.removeprefix("v").partition(".")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 4 else 0


def parts(asked: str) -> list[str]:
    """The fields at the top of an expression such as `id,from{id,name},likes.limit(0)`, each with what it expands."""
    found, depth, start = [], 0, 0
    for place, letter in enumerate(asked):
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and depth == 0:
            found.append(asked[start:place])
            start = place + 1
    return [part for part in (*found, asked[start:]) if part]


def name(part: str) -> str:
    """The name of a field, without what it expands."""
    return part.partition("{")[0].partition(".")[0]


def names(kind: str) -> frozenset[str]:
    """The names of the fields asked of a kind of node, in the newest version."""
    return frozenset(name(part) for part in parts(fields(kind, CURRENT)))


def without(asked: str, field: str) -> str:
    """The expression without a field, wherever it stands in it; the same expression where it does not stand in it."""
    kept = []
    for part in parts(asked):
        if name(part) == field:
            continue
        head, brace, inner = part.partition("{")
        inside = without(inner[:-1], field) if brace else ""
        if not brace or inside:
            kept.append(f"{head}{{{inside}}}" if brace else part)
    return ",".join(kept)
