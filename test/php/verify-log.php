<?php
// Checks what a Gatehouse says of its log, with nothing of Gatehouse in it: signed checkpoints (C2SP signed-note and
// tlog-checkpoint), inclusion and consistency proofs (RFC 9162, sections 2.1.3.2 and 2.1.4.2).
// JSON comes in on standard input, {"verifier_key": …, "checks": [{"kind": …, …}, …]}; out goes a list of true or a reason.

declare(strict_types=1);

final class Refused extends Exception {}

function refuse(string $reason): never
{
    throw new Refused($reason);
}

function bytes(string $base64): string
{
    $bytes = base64_decode($base64, true);
    return $bytes === false ? refuse('not base64') : $bytes;
}

function leafHash(string $leaf): string
{
    return hash('sha256', "\x00" . $leaf, true);
}

function nodeHash(string $left, string $right): string
{
    return hash('sha256', "\x01" . $left . $right, true);
}

/** @return array{origin: string, size: int, root: string} */
function openCheckpoint(string $note, string $verifierKey): array
{
    if (!preg_match('/^(.+)\+([0-9a-f]{8})\+([A-Za-z0-9+\/=]+)$/', $verifierKey, $parts)) refuse('not a verifier key');
    [, $name, $keyId, $encoded] = $parts;
    $key = bytes($encoded);
    if (strlen($key) !== 33 || $key[0] !== "\x01") refuse('not an Ed25519 key');
    if (substr(hash('sha256', $name . "\n" . $key), 0, 8) !== $keyId) refuse('the id of the key is wrong');
    $end = strpos($note, "\n\n");
    if ($end === false) refuse('not a signed note');
    $text = substr($note, 0, $end + 1);
    $isSigned = false;
    foreach (explode("\n", rtrim(substr($note, $end + 2), "\n")) as $line) {
        if (!preg_match('/^\x{2014} (\S+) (\S+)$/u', $line, $parts)) refuse('not a signature line');
        $signature = bytes($parts[2]);
        if ($parts[1] !== $name || bin2hex(substr($signature, 0, 4)) !== $keyId) continue;
        if (strlen($signature) !== 68) refuse('not an Ed25519 signature');
        if (!sodium_crypto_sign_verify_detached(substr($signature, 4), $text, substr($key, 1))) refuse('the signature is wrong');
        $isSigned = true;
    }
    if (!$isSigned) refuse('not signed by this key');
    $lines = explode("\n", $text);
    if (count($lines) < 4 || $lines[0] !== $name || !preg_match('/^(0|[1-9][0-9]*)$/', $lines[1])) refuse('not a checkpoint');
    return ['origin' => $lines[0], 'size' => (int) $lines[1], 'root' => bytes($lines[2])];
}

/** RFC 9162, section 2.1.3.2. */
function checkInclusion(string $leafHash, int $index, int $size, array $path, string $root): void
{
    if ($index >= $size) refuse('beyond the log');
    [$fn, $sn, $r] = [$index, $size - 1, $leafHash];
    foreach ($path as $p) {
        if ($sn === 0) refuse('the proof is too long');
        if (($fn & 1) === 1 || $fn === $sn) {
            $r = nodeHash($p, $r);
            while (($fn & 1) === 0 && $fn !== 0) {
                $fn >>= 1;
                $sn >>= 1;
            }
        } else {
            $r = nodeHash($r, $p);
        }
        $fn >>= 1;
        $sn >>= 1;
    }
    if ($sn !== 0) refuse('the proof is too short');
    if (!hash_equals($root, $r)) refuse('the root is another');
}

/** RFC 9162, section 2.1.4.2. */
function checkConsistency(int $first, string $firstRoot, int $second, string $secondRoot, array $path): void
{
    if ($first === $second) {
        if ($path !== [] || !hash_equals($firstRoot, $secondRoot)) refuse('one size, two logs');
        return;
    }
    if ($first > $second || $path === []) refuse('no proof of these sizes');
    if (($first & ($first - 1)) === 0) array_unshift($path, $firstRoot);
    [$fn, $sn] = [$first - 1, $second - 1];
    while (($fn & 1) === 1) {
        $fn >>= 1;
        $sn >>= 1;
    }
    $fr = $sr = $path[0];
    foreach (array_slice($path, 1) as $c) {
        if ($sn === 0) refuse('the proof is too long');
        if (($fn & 1) === 1 || $fn === $sn) {
            $fr = nodeHash($c, $fr);
            $sr = nodeHash($c, $sr);
            while (($fn & 1) === 0 && $fn !== 0) {
                $fn >>= 1;
                $sn >>= 1;
            }
        } else {
            $sr = nodeHash($sr, $c);
        }
        $fn >>= 1;
        $sn >>= 1;
    }
    if ($sn !== 0) refuse('the proof is too short');
    if (!hash_equals($firstRoot, $fr)) refuse('the first root is another');
    if (!hash_equals($secondRoot, $sr)) refuse('the second root is another');
}

/** What the leaf commits to: SHA-256 over the salt and the personal fields as a JSON list. */
function checkOpening(string $leaf, array $opening): void
{
    $list = json_decode($leaf, true, flags: JSON_THROW_ON_ERROR);
    $flags = JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS;
    $fields = json_encode($opening['fields'], $flags | JSON_THROW_ON_ERROR);
    if (end($list) !== hash('sha256', hex2bin($opening['salt']) . $fields)) refuse('the personal fields are others');
}

$input = json_decode(stream_get_contents(STDIN), true, flags: JSON_THROW_ON_ERROR);
$verifierKey = $input['verifier_key'];
$results = [];
foreach ($input['checks'] as $check) {
    try {
        $hashes = array_map('bytes', $check['hashes'] ?? []);
        $log = openCheckpoint($check['checkpoint'], $verifierKey);
        if ($check['kind'] === 'inclusion') {
            checkInclusion(leafHash($check['leaf']), $check['position'], $log['size'], $hashes, $log['root']);
            if (isset($check['opening'])) checkOpening($check['leaf'], $check['opening']);
        } elseif ($check['kind'] === 'raw leaf') {
            checkInclusion(leafHash(bytes($check['leaf'])), $check['position'], $check['size'], $hashes, $log['root']);
        } elseif ($check['kind'] === 'consistency') {
            $before = openCheckpoint($check['before'], $verifierKey);
            if ($before['origin'] !== $log['origin']) refuse('two logs');
            checkConsistency($before['size'], $before['root'], $log['size'], $log['root'], $hashes);
        }
        $results[] = true;
    } catch (Refused $refused) {
        $results[] = $refused->getMessage();
    }
}
echo json_encode($results);
