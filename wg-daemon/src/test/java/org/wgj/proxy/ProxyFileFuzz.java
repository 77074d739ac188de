// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.fuzz.FuzzInput;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Fuzzes files of wireproxy. A refused file is reported without its keys and passwords, and so are
 * the warnings of an accepted one, which reads as the same again with comments between its lines.
 */
public final class ProxyFileFuzz {
    /** Longer than the names of sections and keys, which messages may repeat. */
    private static final Pattern LIKE_A_KEY = Pattern.compile("[A-Za-z0-9+/]{33,}=*");

    private static final List<String> LINES =
            List.of(
                    "[Interface]",
                    "[Peer]",
                    "PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=",
                    "PublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=",
                    "PresharedKey = gN65BkIKy1eCE9pP1wdc8ROUtkHLF2PfAqYdyYBz6EA=",
                    "Address = 10.0.0.1/24, fd00::1/64",
                    "DNS = 192.0.2.53",
                    "MTU = 1400",
                    "CheckAlive = 10.0.0.2",
                    "CheckAliveInterval = 3",
                    "Endpoint = 192.0.2.1:51820",
                    "AllowedIPs = 10.0.0.0/8, fd00::/64",
                    "PersistentKeepalive = 25",
                    "[Socks5]",
                    "[http]",
                    "[SNI]",
                    "[TCPClientTunnel]",
                    "[TCPServerTunnel]",
                    "[UDPProxyTunnel]",
                    "[UDPServerTunnel]",
                    "[STDIOTunnel]",
                    "[DNS]",
                    "[Resolve]",
                    "BindAddress = 127.0.0.1:1080",
                    "BindAddress = :80 ; open",
                    "Target = inside.test:80",
                    "ListenPort = 443",
                    "InactivityTimeout = 0",
                    "Username = \"user\"",
                    "Password = $SECRET",
                    "ResolveStrategy = ipv4",
                    "Outside = direct");

    /** The value must never be told; it is long, so that it is in no message by chance. */
    private static final Map<String, String> ENVIRONMENT =
            Map.of("SECRET", "hUnTeR2/0123456789abcdefghij");

    private ProxyFileFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        String text = text(new FuzzInput(data));
        if (text.toLowerCase(Locale.ROOT).contains("wgconfig")) {
            return; // would read any file of this machine
        }
        ProxyConfig config = attempt(text);
        if (config == null) {
            return;
        }
        String more = text.replace("\n", "\n# a comment\n\n");
        ProxyConfig again = attempt(more);
        check(again != null, "with comments it is refused");
        check(config.sections().equals(again.sections()), "with comments it is another");
        check(config.warnings().size() == again.warnings().size(), "comments change the warnings");
        config.tunnel().wipe();
        again.tunnel().wipe();
    }

    /** Makes meaningful lines and lines of any bytes, one perhaps with a changed byte. */
    private static String text(FuzzInput in) {
        StringBuilder text = new StringBuilder();
        while (in.hasMore() && text.length() < 8000) {
            int which = in.below(LINES.size() + 4);
            String line =
                    which < LINES.size()
                            ? LINES.get(which)
                            : new String(in.shortBytes(), StandardCharsets.ISO_8859_1);
            if (which == LINES.size()) {
                String known = LINES.get(in.below(LINES.size()));
                line = known.substring(0, known.indexOf('=') + 1) + line;
            }
            text.append(line);
            if (in.below(6) == 0) {
                text.append(' ');
                text.setCharAt(in.longNumber() % text.length(), (char) in.number());
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static ProxyConfig attempt(String text) {
        try {
            ProxyConfig config =
                    ProxyFile.parse(
                            "fuzz.conf", text.getBytes(StandardCharsets.ISO_8859_1), ENVIRONMENT);
            config.warnings().forEach(warning -> tellsNothing(warning, text));
            return config;
        } catch (IOException e) {
            tellsNothing(e.getMessage(), text);
            return null;
        }
    }

    private static void tellsNothing(String message, String text) {
        check(!message.contains(ENVIRONMENT.get("SECRET")), "it tells a variable");
        Matcher keys = LIKE_A_KEY.matcher(text);
        while (keys.find()) {
            check(!message.contains(keys.group()), "it tells a key");
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
