<?php
// Fills a test site faster than its API does. Arguments: a post, how many comments below it, how many further posts.
// Ten comments in a row share their second, as after an import, and each of the last nine answers the one before it.
// The posts share one second as well. Prints nothing.
$_SERVER += ['HTTP_HOST' => parse_url(getenv('SITE_URL'), PHP_URL_HOST), 'REQUEST_METHOD' => 'GET'];
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
require getenv('SITE_ROOT') . '/wp-load.php';
[, $post, $comments, $posts] = $argv;
$last = 0;
for ($n = 1; $n <= $comments; $n++) {
    $at = gmdate('Y-m-d H:i:s', strtotime('2025-03-01 08:00:00 UTC') + 60 * intdiv($n, 10));
    $last = wp_insert_comment([
        'comment_post_ID' => $post,
        'comment_parent' => $n % 10 ? $last : 0,
        'comment_author' => "Reader $n",
        'comment_content' => "Answer number $n.",
        'comment_date' => $at,
        'comment_date_gmt' => $at,
    ]);
}
for ($n = 1; $n <= $posts; $n++) {
    wp_insert_post([
        'post_title' => "Imported $n",
        'post_content' => "Taken over from the old site, number $n.",
        'post_status' => 'publish',
        'post_author' => 1,
        'post_date' => '2024-06-01 12:00:00',
        'post_date_gmt' => '2024-06-01 12:00:00',
    ]);
}
