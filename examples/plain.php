<?php
// An application in PHP, without a library, whose people sign in with Gatehouse. README.md tells how to start it.
// The guard is `demand`: it asks Gatehouse about the token of the request, and about a second factor where one is needed.

function setting(string $name): string
{
    return getenv($name) ?: exit("$name is not set; gatehouse clients create prints it.\n");
}

/** Calls an operation of Gatehouse, signed (v1): the status and the answer. */
function call(string $path, array $input): array
{
    // A body that differs from every other one has a signature that no earlier request has used up.
    $body = json_encode(['nonce' => bin2hex(random_bytes(12))] + $input);
    $timestamp = time();
    $signature = hash_hmac('sha256', $timestamp . '.' . $body, setting('GATEHOUSE_CLIENT_SECRET'));
    $answer = @file_get_contents(setting('GATEHOUSE_URL') . $path, false, stream_context_create(['http' => [
        'method' => 'POST',
        'timeout' => 10,
        'header' => [
            'Content-Type: application/json',
            'X-Client-Id: ' . setting('GATEHOUSE_CLIENT_ID'),
            'X-Timestamp: ' . $timestamp,
            'X-Signature: sha256=' . $signature,
        ],
        'content' => $body,
        'ignore_errors' => true,
    ]]));
    if ($answer === false) {
        return [503, ['code' => 'sign_in_unavailable']];
    }
    return [(int) explode(' ', $http_response_header[0])[1], json_decode($answer, true)];
}

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    exit(json_encode($body));
}

/** The claims of whoever asks. Answers in their place who may not come in. */
function demand(array $require): array
{
    if (!preg_match('/^Bearer ([^\s]+)$/', $_SERVER['HTTP_AUTHORIZATION'] ?? '', $match)) {
        header('WWW-Authenticate: Bearer');
        answer(401, ['code' => 'authentication_required']);
    }
    $shown = [
        'token' => $match[1],
        'mfa_code' => $_SERVER['HTTP_X_MFA_TOKEN'] ?? null,
        'session_token' => $_SERVER['HTTP_X_SESSION_TOKEN'] ?? null,
        'require' => $require ?: null,
        'end_user' => ['ip' => $_SERVER['REMOTE_ADDR']],
    ];
    [$status, $answer] = call('/v1/tokens/validate', array_filter($shown, fn ($value) => $value !== null));
    if ($status !== 200) {
        // What went wrong between us and Gatehouse is nobody's business but ours.
        $personal = ['mfa_required', 'mfa_stale', 'mfa_code_invalid', 'totp_code_reused', 'too_many_attempts'];
        if (!in_array($answer['code'] ?? '', $personal, true)) {
            answer(503, ['code' => 'sign_in_unavailable']);
        }
        if (in_array($answer['code'], ['mfa_required', 'mfa_stale'], true)) {
            $age = isset($require['max_age_seconds']) ? ', max_age=' . $require['max_age_seconds'] : '';
            header('WWW-Authenticate: Bearer error="insufficient_user_authentication", acr_values="aal2"' . $age);
        }
        answer($status, $answer);
    }
    if (!$answer['active']) {
        answer(401, ['code' => 'token_invalid']);
    }
    if (isset($answer['mfa']['session_token'])) {
        header('X-Session-Token: ' . $answer['mfa']['session_token']);
    }
    return $answer['claims'];
}

$input = json_decode(file_get_contents('php://input'), true) ?? [];
$end_user = ['end_user' => ['ip' => $_SERVER['REMOTE_ADDR']]];
switch ($_SERVER['REQUEST_METHOD'] . ' ' . parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) {
    case 'GET /me':
        $claims = demand([]);
        answer(200, ['userId' => $claims['sub'], 'claims' => $claims]);
    case 'POST /payouts':
        demand(['mfa' => true, 'max_age_seconds' => 600]);
        answer(200, ['ok' => true]);
    case 'POST /sign-in':
        $account = ['email' => $input['email'] ?? '', 'password' => $input['password'] ?? ''];
        answer(...call('/v1/auth/login', $account + $end_user));
    case 'POST /sign-in/code':
        $id = $input['challenge'] ?? '';
        preg_match('/^chl_\w+\z/', $id) || answer(400, ['code' => 'invalid_request']);
        answer(...call("/v1/challenges/$id/verify", ['code' => $input['code'] ?? ''] + $end_user));
    default:
        answer(404, ['code' => 'not_found']);
}
