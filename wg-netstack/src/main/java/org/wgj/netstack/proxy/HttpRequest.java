// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A request to a proxy: CONNECT with an authority, any method with an absolute URI, or with a path
 * and a Host field as a server gets it.
 *
 * @param method as it was sent; methods are case-sensitive
 * @param path the path and query for the server; null for CONNECT
 * @param host the host to connect to, and its port
 * @param hostField the value for the Host field
 * @param minor the version is HTTP/1.minor, 0 or 1
 * @param head all of the request
 */
record HttpRequest(
        String method, String path, HostAndPort host, String hostField, int minor, HttpHead head) {
    private static final Pattern LINE =
            Pattern.compile(
                    "([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ([\\x21-\\x7e\\x80-\\xff]+)"
                            + " HTTP/1\\.([01])");

    private static final Pattern ABSOLUTE =
            Pattern.compile("(?i:http)://([^/?#]+)(/[^#]*|\\?[^#]*)?(?:#.*)?");

    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    /**
     * Parses a request.
     *
     * @throws IllegalArgumentException if it is malformed, or for none of these
     */
    static HttpRequest parse(HttpHead head) {
        Matcher line = LINE.matcher(head.first());
        if (!line.matches()) {
            throw new IllegalArgumentException("expected METHOD TARGET HTTP/1.1");
        }
        String method = line.group(1);
        String target = line.group(2);
        int minor = Integer.parseInt(line.group(3));
        List<String> hosts = head.values("Host");
        if (hosts.size() > 1) {
            throw new IllegalArgumentException("there is more than one Host field");
        }
        if (method.equals("CONNECT")) {
            HostAndPort host = HostAndPort.parse(target, HTTPS_PORT);
            return new HttpRequest(method, null, host, target, minor, head);
        }
        if (target.startsWith("/")) {
            if (hosts.isEmpty()) {
                throw new IllegalArgumentException("the request names no host");
            }
            String host = hosts.getFirst();
            return new HttpRequest(
                    method, target, HostAndPort.parse(host, HTTP_PORT), host, minor, head);
        }
        Matcher uri = ABSOLUTE.matcher(target);
        if (!uri.matches()) {
            throw new IllegalArgumentException("expected an absolute URI with http://");
        }
        String authority = uri.group(1).substring(uri.group(1).lastIndexOf('@') + 1);
        return new HttpRequest(
                method,
                path(method, uri.group(2)),
                HostAndPort.parse(authority, HTTP_PORT),
                authority,
                minor,
                head);
    }

    /** RFC 9112 sections 3.2.1 and 3.2.4. */
    private static String path(String method, String pathOrNull) {
        if (pathOrNull == null) {
            return method.equals("OPTIONS") ? "*" : "/";
        }
        return pathOrNull.startsWith("?") ? "/" + pathOrNull : pathOrNull;
    }

    /**
     * Returns whether the client wants to leave HTTP on this connection, for WebSocket for example.
     * HTTP/2 does not count: a client that offers it with its request takes an ordinary response as
     * well, and the body of that request is HTTP/1. Nor does a request with a body, which would
     * have to be carried first.
     */
    boolean wantsUpgrade() {
        Set<String> protocols = head.elements("Upgrade");
        return head.elements("Connection").contains("upgrade")
                && !protocols.isEmpty()
                && !protocols.contains("h2c")
                && HttpBody.of(head).isEmpty();
    }

    /** Returns the head for the server. It tells the server to close after its response. */
    byte[] forServer() {
        List<HttpHead.Field> fields = new ArrayList<>();
        fields.add(new HttpHead.Field("Host", hostField));
        head.endToEnd().stream().filter(field -> !field.is("Host")).forEach(fields::add);
        if (wantsUpgrade()) {
            fields.add(new HttpHead.Field("Connection", "Upgrade"));
            fields.add(new HttpHead.Field("Upgrade", head.value("Upgrade")));
        } else {
            fields.add(new HttpHead.Field("Connection", "close"));
        }
        return HttpHead.bytes(method + " " + path + " HTTP/1." + minor, fields);
    }

    /** Returns the path without the query if this is not for another server; else null. */
    String ownPath() {
        String target = head.first().split(" ")[1];
        return target.startsWith("/") ? target.split("[?#]")[0].toLowerCase(Locale.ROOT) : null;
    }
}
