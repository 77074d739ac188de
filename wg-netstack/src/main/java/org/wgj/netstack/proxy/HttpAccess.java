// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * Checks the Proxy-Authorization of a request. The status codes are those of wireproxy: no header
 * 407, no base64 406, no colon 411, wrong 401.
 */
final class HttpAccess {
    static final int GRANTED = 0;
    private static final int MISSING = 407;
    private static final int NO_BASE64 = 406;
    private static final int NO_COLON = 411;
    private static final int WRONG = 401;

    private static final String BASIC = "Basic ";
    private static final String BEARER = "Bearer ";

    private HttpAccess() {}

    /**
     * Returns {@link #GRANTED}, or the status of the refusal.
     *
     * @param credentialsOrNull null to let every client in
     */
    static int check(HttpHead head, Credentials credentialsOrNull) {
        if (credentialsOrNull == null) {
            return GRANTED;
        }
        String value = head.value("Proxy-Authorization");
        if (value == null || value.isEmpty()) {
            return MISSING;
        }
        // java.net.http.HttpClient sends no Basic with CONNECT, but a Bearer that the program sets.
        if (value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            byte[] token = bytes(value.substring(BEARER.length()));
            return credentialsOrNull.matchToken(token) ? GRANTED : WRONG;
        }
        boolean basic = value.regionMatches(true, 0, BASIC, 0, BASIC.length());
        byte[] pair;
        try {
            pair = Base64.getDecoder().decode(basic ? value.substring(BASIC.length()) : value);
        } catch (IllegalArgumentException e) {
            return NO_BASE64;
        }
        int colon = 0;
        while (colon < pair.length && pair[colon] != ':') {
            colon++;
        }
        if (colon == pair.length) {
            return NO_COLON;
        }
        byte[] username = Arrays.copyOf(pair, colon);
        byte[] password = Arrays.copyOfRange(pair, colon + 1, pair.length);
        return credentialsOrNull.match(username, password) ? GRANTED : WRONG;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
