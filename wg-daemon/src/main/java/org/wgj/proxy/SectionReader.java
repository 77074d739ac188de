// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.HostAndPort;
import org.wgj.tunnel.text.ByteText;
import org.wgj.tunnel.text.Typos;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads the values of one section. A value {@code $NAME} stands for an environment variable and
 * {@code $$} for a dollar sign, for the same keys as in wireproxy. If a key comes twice, the first
 * one counts, but lists add up. Keys that were not asked for are reported at the end.
 */
final class SectionReader {
    private static final String USERNAME = "Username";
    private static final Set<String> SECRETS = Set.of("Password", "PrivateKey");

    private final String source;
    private final IniFile.Section section;
    private final Map<String, String> environment;
    private final Consumer<String> warnings;
    private final Set<String> known = new HashSet<>();
    private final Set<String> repeated = new HashSet<>(); // those that the user was warned of

    SectionReader(
            String source,
            IniFile.Section section,
            Map<String, String> environment,
            Consumer<String> warnings) {
        this.source = source;
        this.section = section;
        this.environment = environment;
        this.warnings = warnings;
    }

    /** Returns the entry of a single value; null if there is none. */
    private IniFile.Entry first(String key) {
        List<IniFile.Entry> entries = all(key);
        if (entries.size() > 1 && repeated.add(key)) {
            warn(entries.get(1).line(), key, "is here once more; the first one counts");
        }
        return entries.isEmpty() ? null : entries.getFirst();
    }

    private List<IniFile.Entry> all(String key) {
        known.add(key);
        return section.entries().stream().filter(entry -> entry.is(key)).toList();
    }

    boolean has(String key) {
        return section.entries().stream().anyMatch(entry -> entry.is(key));
    }

    /**
     * Returns the value with what it refers to in the environment; null if it is missing or empty.
     */
    String text(String key) throws ProxyFileException {
        IniFile.Entry entry = first(key);
        return entry == null ? null : expand(key, entry);
    }

    private String expand(String key, IniFile.Entry entry) throws ProxyFileException {
        String text = utf8(entry.value());
        if (text.startsWith("$$")) {
            return text.substring(1);
        }
        if (text.startsWith("$")) {
            String name = text.substring(1);
            String value = environment.get(name);
            boolean isSecret = SECRETS.contains(key);
            if (value == null) {
                // A secret may begin with a dollar sign that its user forgot to double.
                boolean isName = !isSecret && name.matches("[A-Za-z0-9_]{1,40}");
                String shown = isName ? " $" + name : "";
                throw new ProxyFileException(
                        source,
                        entry.line(),
                        section.name(),
                        key,
                        "references unset environment variable" + shown);
            }
            if (value.isEmpty() && (isSecret || key.equals(USERNAME))) {
                // Taken for a missing one, it would open a proxy that shall have a password.
                throw new ProxyFileException(
                        source,
                        entry.line(),
                        section.name(),
                        key,
                        "references an empty environment variable");
            }
            text = value;
        }
        return text.isEmpty() ? null : text;
    }

    private static String utf8(ByteText text) {
        return new String(
                text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** Returns the value as it is in the file; null if it is missing or empty. */
    String literal(String key) {
        IniFile.Entry entry = first(key);
        return entry == null || entry.value().isEmpty() ? null : utf8(entry.value());
    }

    /**
     * Reads a secret without making a String of it, unless it is in the environment.
     *
     * @param expands whether it may be in the environment
     * @return null if it is missing or empty
     */
    <T> T secret(String key, boolean expands, Function<CharSequence, T> parser)
            throws ProxyFileException {
        IniFile.Entry entry = first(key);
        if (entry == null || entry.value().isEmpty()) {
            return null;
        }
        CharSequence text = entry.value();
        if (expands && text.charAt(0) == '$') {
            text = expand(key, entry);
            if (text == null) {
                return null;
            }
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw problem(key, e.getMessage()); // which never repeats the text
        }
    }

    /** Parses a value; returns null if it is missing or empty. */
    <T> T value(String key, Function<String, T> parser) throws ProxyFileException {
        String text = text(key);
        return text == null ? null : parsed(key, text, parser);
    }

    /** Parses a value that must be there. */
    <T> T required(String key, Function<String, T> parser) throws ProxyFileException {
        T value = value(key, parser);
        if (value == null) {
            throw problem(key, "should not be empty");
        }
        return value;
    }

    HostAndPort target() throws ProxyFileException {
        return required("Target", SectionReader::withPort);
    }

    /** Parses {@code host:port} with a port that can be connected to. */
    static HostAndPort withPort(String text) {
        HostAndPort parsed = HostAndPort.parse(text);
        if (parsed.port() == 0) {
            throw new IllegalArgumentException("expected a port from 1 to 65535 after the host");
        }
        return parsed;
    }

    /** Returns the entries of all values of a list, without blanks; empty if there is none. */
    <T> List<T> list(String key, Function<String, T> parser) throws ProxyFileException {
        List<T> values = new ArrayList<>();
        for (IniFile.Entry entry : all(key)) {
            String text = expand(key, entry);
            for (String each : text == null ? new String[0] : text.split(",")) {
                if (!each.isBlank()) {
                    try {
                        values.add(parser.apply(each.strip()));
                    } catch (IllegalArgumentException e) {
                        throw new ProxyFileException(
                                source, entry.line(), section.name(), key, e.getMessage());
                    }
                }
            }
        }
        return values;
    }

    /** Parses a whole number, which is never in the environment. */
    Integer number(String key, int least, int most, String expected) throws ProxyFileException {
        String text = literal(key);
        if (text == null) {
            return null;
        }
        if (!text.matches("[0-9]{1,9}")
                || Integer.parseInt(text) < least
                || Integer.parseInt(text) > most) {
            throw problem(key, expected);
        }
        return Integer.valueOf(text);
    }

    private <T> T parsed(String key, String text, Function<String, T> parser)
            throws ProxyFileException {
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw problem(key, e.getMessage());
        }
    }

    int line(String key) {
        return section.entries().stream()
                .filter(entry -> entry.is(key))
                .mapToInt(IniFile.Entry::line)
                .findFirst()
                .orElse(section.line());
    }

    ProxyFileException problem(String keyOrNull, String reason) {
        int line = keyOrNull == null ? section.line() : line(keyOrNull);
        return new ProxyFileException(source, line, section.name(), keyOrNull, reason);
    }

    void warn(int line, String key, String text) {
        warnings.accept(
                new ProxyFileException(source, line, section.name(), key, text).getMessage());
    }

    /** Keys that have a meaning elsewhere and none here. */
    void ignore(String reason, String... keys) {
        for (String key : keys) {
            for (IniFile.Entry entry : all(key)) {
                warn(entry.line(), key, reason);
            }
        }
    }

    /** Reports the keys that nothing has asked for; wireproxy ignores them silently. */
    void reportUnknown() {
        for (IniFile.Entry entry : section.entries()) {
            if (known.stream().noneMatch(entry::is)) {
                String meant = null;
                for (String each : known) {
                    int typos =
                            Typos.between(
                                    each.toLowerCase(Locale.ROOT),
                                    entry.key().toLowerCase(Locale.ROOT));
                    meant = typos <= 2 ? each : meant;
                }
                warnings.accept(
                        new ProxyFileException(
                                        source,
                                        entry.line(),
                                        section.name(),
                                        null,
                                        "there is no key "
                                                + entry.key()
                                                + (meant == null
                                                        ? "; it is ignored"
                                                        : "; did you mean " + meant + "?"))
                                .getMessage());
            }
        }
    }
}
