// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.util.List;
import java.util.Set;

/**
 * Writes the script that tells browsers which hosts to reach through the proxy. Names are decided
 * by their domains, and never looked up, because a browser would ask the system's resolver.
 *
 * @param everything whether the tunnel carries all addresses: everything but this machine goes
 *     through the proxy
 * @param domains names in these domains go through the proxy
 * @param networks IPv4 networks as address and netmask, {@code 10.0.0.0 255.0.0.0}; addresses in
 *     them go through the proxy
 */
public record PacFile(boolean everything, List<String> domains, List<String> networks) {
    private static final Set<String> PATHS = Set.of("/proxy.pac", "/wpad.dat");

    /** Copies the lists. */
    public PacFile {
        domains = List.copyOf(domains);
        networks = List.copyOf(networks);
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
        return text.append("  }\n  return \"DIRECT\";\n}\n").toString();
    }
}
