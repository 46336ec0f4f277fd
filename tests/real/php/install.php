<?php
// Sets up a test site and prints the application password of its administrator. Argument: the site's title.
define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => parse_url(getenv('SITE_URL'), PHP_URL_HOST), 'REQUEST_METHOD' => 'GET'];
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';

// Declared before WordPress declares its own: no mail is sent.
function wp_mail()
{
    return true;
}

require getenv('SITE_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
ob_start();
wp_install($argv[1], 'admin', 'admin@example.test', true, '', bin2hex(random_bytes(12)));
$options = [
    'permalink_structure' => '/%year%/%monthnum%/%postname%/',
    'comment_moderation' => 0,
    'comment_previously_approved' => 0,
    'require_name_email' => 0,
];
array_map('update_option', array_keys($options), $options);
switch_theme('twentytwentythree');
flush_rewrite_rules();
$admin = get_user_by('login', 'admin');
[$password] = WP_Application_Passwords::create_new_application_password($admin->ID, ['name' => 'tests']);
ob_end_clean();
echo $password;
