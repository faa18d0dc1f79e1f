<?php
// A client application as people have written it for years: no library, hash_hmac over timestamp and body.
// php sign-and-call.php URL CLIENT_ID SECRET PATH FLAGS < input as JSON
// prints {status, sent, answer}: the HTTP status, the body as it was sent, the answer read.
[, $url, $clientId, $secret, $path, $flags] = $argv;

$body = json_encode(json_decode(stream_get_contents(STDIN)), (int) $flags);
$timestamp = time();
$signature = hash_hmac('sha256', $timestamp . '.' . $body, $secret);

$stream = fopen($url . $path, 'r', false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => [
        'Content-Type: application/json',
        'X-Client-Id: ' . $clientId,
        'X-Timestamp: ' . $timestamp,
        'X-Signature: sha256=' . $signature,
    ],
    'content' => $body,
    'ignore_errors' => true,
]]));
[, $status] = explode(' ', stream_get_meta_data($stream)['wrapper_data'][0]);
$answer = json_decode(stream_get_contents($stream));

echo json_encode(['status' => (int) $status, 'sent' => $body, 'answer' => $answer]);
