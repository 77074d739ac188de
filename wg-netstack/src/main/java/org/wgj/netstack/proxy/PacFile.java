// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.util.List;
import java.util.Set;

/**
 * Writes the script that tells browsers which hosts to reach through the proxy. Names are decided
 * by their domains, and never looked up, because a browser would ask the system's resolver.
 * Browsers differ in whether they know IPv6 networks ({@code isInNetEx}), so the script reads
 * numeric IPv6 hosts itself.
 *
 * @param everything whether the tunnel carries all addresses: everything but this machine goes
 *     through the proxy
 * @param domains names in these domains go through the proxy
 * @param networks IPv4 networks as address and netmask, {@code 10.0.0.0 255.0.0.0}; addresses in
 *     them go through the proxy
 * @param networks6 IPv6 networks as the 32 hexadecimal digits of the address in lower case and the
 *     length of the prefix, {@code fd000000000000000000000000000000 8}
 */
public record PacFile(
        boolean everything, List<String> domains, List<String> networks, List<String> networks6) {
    private static final Set<String> PATHS = Set.of("/proxy.pac", "/wpad.dat");

    /**
     * Reads a numeric IPv6 host, with or without brackets, as 32 hexadecimal digits, and compares
     * the beginning of such. In the JavaScript of the oldest browsers.
     */
    private static final String IPV6_FUNCTIONS =
            """
            function digits6(host) {
              var text = host.replace(/^\\[|\\]$/g, "").replace(/%.*$/, "").toLowerCase();
              var four = /^(.*:)([0-9]+)\\.([0-9]+)\\.([0-9]+)\\.([0-9]+)$/.exec(text);
              if (four) {
                text = four[1] + (four[2] * 256 + four[3] * 1).toString(16)
                    + ":" + (four[4] * 256 + four[5] * 1).toString(16);
              }
              var halves = text.split("::");
              var left = halves[0] == "" ? [] : halves[0].split(":");
              var right = halves.length < 2 || halves[1] == "" ? [] : halves[1].split(":");
              var missing = 8 - left.length - right.length;
              if (halves.length > 2 || missing < 0 || halves.length == 1 && missing > 0) return "";
              for (; missing > 0; missing--) left.push("0");
              var groups = left.concat(right);
              var all = "";
              for (var i = 0; i < 8; i++) {
                if (!/^[0-9a-f]{1,4}$/.test(groups[i])) return "";
                all += ("000" + groups[i]).slice(-4);
              }
              return all;
            }
            function isInNet6(digits, network, bits) {
              var whole = bits >> 2;
              if (digits.substring(0, whole) != network.substring(0, whole)) return false;
              return (bits & 3) == 0
                  || ((parseInt(digits.charAt(whole), 16) ^ parseInt(network.charAt(whole), 16))
                      >> (4 - (bits & 3))) == 0;
            }
            """;

    /** Copies the lists. */
    public PacFile {
        domains = List.copyOf(domains);
        networks = List.copyOf(networks);
        networks6 = List.copyOf(networks6);
        networks6.forEach(PacFile::check);
        domains.forEach(PacFile::check);
        networks.forEach(PacFile::check);
    }

    /** The text stands within quotation marks of a script. */
    private static void check(String text) {
        if (!text.matches("[A-Za-z0-9 ._-]+")) {
            throw new IllegalArgumentException("not a domain or network: " + text);
        }
    }

    static boolean isPath(String pathOrNull) {
        return pathOrNull != null && PATHS.contains(pathOrNull);
    }

    /**
     * Returns the script.
     *
     * @param proxy where the proxy is: {@code PROXY 127.0.0.1:8080}
     */
    String text(String proxy) {
        StringBuilder text = new StringBuilder();
        if (!everything && !networks6.isEmpty()) {
            text.append(IPV6_FUNCTIONS);
        }
        text.append("function FindProxyForURL(url, host) {\n");
        text.append("  if (host == \"localhost\" || /^127\\./.test(host) || host == \"::1\"")
                .append(" || host == \"[::1]\") return \"DIRECT\";\n");
        if (everything) {
            text.append("  return \"").append(proxy).append("\";\n}\n");
            return text.toString();
        }
        for (String domain : domains) {
            text.append("  if (host == \"").append(domain).append("\" || dnsDomainIs(host, \".");
            text.append(domain).append("\")) return \"").append(proxy).append("\";\n");
        }
        text.append("  if (/^[0-9]+(\\.[0-9]+){3}$/.test(host)) {\n");
        for (String network : networks) {
            String[] parts = network.split(" ");
            text.append("    if (isInNet(host, \"").append(parts[0]).append("\", \"");
            text.append(parts[1]).append("\")) return \"").append(proxy).append("\";\n");
        }
        text.append("  }\n");
        if (!networks6.isEmpty()) {
            text.append("  var digits = host.indexOf(\":\") < 0 ? \"\" : digits6(host);\n");
            text.append("  if (digits != \"\") {\n");
            for (String network : networks6) {
                String[] parts = network.split(" ");
                text.append("    if (isInNet6(digits, \"").append(parts[0]).append("\", ");
                text.append(parts[1]).append(")) return \"").append(proxy).append("\";\n");
            }
            text.append("  }\n");
        }
        return text.append("  return \"DIRECT\";\n}\n").toString();
    }
}
