// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.observation.Observation.NameServer;
import org.wgj.doctor.observation.Observation.NameService;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the name servers in use: those of resolv.conf, or of systemd-resolved. */
final class NameServiceReader {
    private static final Path FILE = Path.of("/etc/resolv.conf");

    /** The addresses that systemd-resolved listens on. */
    private static final Set<String> RESOLVED = Set.of("127.0.0.53", "127.0.0.54");

    private static final Pattern NAME_SERVER = Pattern.compile("\\s*nameserver\\s+(\\S+).*");

    /** {@code resolvectl} prints {@code Link 2 (eth0): ...} or {@code Global: ...}. */
    private static final Pattern LINK = Pattern.compile("(?:Global|Link \\d+ \\((.*)\\)): ?(.*)");

    /** {@code ADDRESS%LINK}, {@code ADDRESS:PORT#NAME} and {@code [ADDRESS]:PORT}. */
    private static final Pattern SERVER =
            Pattern.compile("\\[?([0-9.]+|[0-9a-fA-F:]+)\\]?(?:%[^:#]+)?(?::\\d+)?(?:#.*)?");

    private static final String GLOBAL = "";
    private static final String ALL_NAMES = "~.";

    private NameServiceReader() {}

    /** Tells by which interface packets to an address leave; null if there is no route. */
    interface OutgoingLinks {
        String to(InetAddress address) throws IOException;
    }

    static NameService look(OutgoingLinks outgoing) throws IOException {
        List<String> words;
        try {
            words = words(Files.readAllLines(FILE));
        } catch (IOException e) {
            return new NameService(List.of(), FILE + " cannot be read");
        }
        if (words.stream().noneMatch(RESOLVED::contains)) {
            return file(words, outgoing);
        }
        String servers = Tool.ask("resolvectl", "dns").text();
        String domains = Tool.ask("resolvectl", "domain").text();
        String defaults = Tool.ask("resolvectl", "default-route").text();
        return servers == null || domains == null || defaults == null
                ? new NameService(
                        List.of(), "resolvectl does not say which servers systemd-resolved uses")
                : resolved(servers, domains, defaults, outgoing);
    }

    static List<String> words(List<String> lines) {
        return lines.stream()
                .map(NAME_SERVER::matcher)
                .filter(Matcher::matches)
                .map(line -> line.group(1))
                .toList();
    }

    static NameService file(List<String> words, OutgoingLinks outgoing) throws IOException {
        List<NameServer> servers = new ArrayList<>();
        String unseen = null;
        for (String word : words) {
            InetAddress address = address(word);
            if (address == null) {
                continue; // the C library ignores it too
            }
            if (address.isLoopbackAddress()) {
                unseen =
                        "the name server at " + word + " does not say which servers it forwards to";
            } else {
                servers.add(new NameServer(address, outgoing.to(address)));
            }
        }
        return new NameService(servers, unseen);
    }

    /**
     * Returns the servers of the links that take all names ({@code ~.}), or if there are none, of
     * the links with default-route. Queries to a link's servers leave by that link.
     */
    static NameService resolved(
            String servers, String domains, String defaults, OutgoingLinks outgoing)
            throws IOException {
        Set<String> asked = new HashSet<>();
        links(domains)
                .forEach(
                        (link, words) -> {
                            if (words.contains(ALL_NAMES)) {
                                asked.add(link);
                            }
                        });
        if (asked.isEmpty()) {
            asked.add(GLOBAL);
            links(defaults)
                    .forEach(
                            (link, words) -> {
                                if (words.contains("yes")) {
                                    asked.add(link);
                                }
                            });
        }
        List<NameServer> found = new ArrayList<>();
        for (Map.Entry<String, List<String>> line : links(servers).entrySet()) {
            for (String word : line.getValue()) {
                InetAddress address = address(word);
                if (address != null && asked.contains(line.getKey())) {
                    boolean global = line.getKey().equals(GLOBAL);
                    found.add(
                            new NameServer(address, global ? outgoing.to(address) : line.getKey()));
                }
            }
        }
        return new NameService(found, null);
    }

    /** Returns the words of each link. */
    private static Map<String, List<String>> links(String text) {
        Map<String, List<String>> links = new LinkedHashMap<>();
        for (String line : text.lines().toList()) {
            Matcher link = LINK.matcher(line.strip());
            if (link.matches()) {
                links.put(
                        link.group(1) == null ? GLOBAL : link.group(1),
                        List.of(link.group(2).strip().split("\\s+")));
            }
        }
        return links;
    }

    /** Returns null if the word is no address. */
    private static InetAddress address(String word) {
        Matcher server = SERVER.matcher(word);
        try {
            return server.matches() ? InetAddress.ofLiteral(server.group(1)) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
