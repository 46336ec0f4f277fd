<?php
// What a web server's configuration would say: the content folder lies elsewhere, other files are served as they are,
// and every address that is no file is WordPress's.
$root = $_SERVER['DOCUMENT_ROOT'];
$path = urldecode(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
if (str_starts_with($path, '/wp-content/') && is_file($file = getenv('SITE_CONTENT') . substr($path, 11))) {
    $types = ['css' => 'text/css', 'js' => 'text/javascript', 'svg' => 'image/svg+xml'];
    $type = $types[strtolower(pathinfo($file, PATHINFO_EXTENSION))] ?? mime_content_type($file);
    header("Content-Type: $type");
    header('Content-Length: ' . filesize($file));
    readfile($file);
    return true;
}
if ($path !== '/' && (is_file($root . $path) || is_file(rtrim($root . $path, '/') . '/index.php'))) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
chdir($root);
require "$root/index.php";
