<?php
// The configuration of one test site. WordPress itself is shared between sites; what is a site's own comes from the
// environment: its address, its content folder (database, uploads) and the secret its cookies are signed with.
define('WP_HOME', getenv('SITE_URL'));
define('WP_SITEURL', getenv('SITE_URL'));
define('WP_CONTENT_DIR', getenv('SITE_CONTENT'));
define('WP_CONTENT_URL', getenv('SITE_URL') . '/wp-content');
define('DB_NAME', 'site');
define('DB_DIR', WP_CONTENT_DIR . '/database');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $use) {
    define($use . '_KEY', $use . getenv('SITE_SECRET'));
    define($use . '_SALT', getenv('SITE_SECRET') . $use);
}
define('WP_ENVIRONMENT_TYPE', 'local'); // allows application passwords without TLS
define('WP_HTTP_BLOCK_EXTERNAL', true); // nothing leaves the machine
define('DISABLE_WP_CRON', true); // nothing happens unasked
define('AUTOMATIC_UPDATER_DISABLED', true);
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
