// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.tunnel.text.ByteText;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Parses a configuration file, all of it before anything is applied. The grammar is that of {@code
 * wg} (setconf) or, with {@code quick}, that of {@code wg-quick}, which takes some lines of the
 * [Interface] section for itself and passes the rest to {@code wg}:
 *
 * <ul>
 *   <li>{@code wg} removes the comment and then every space of a line, also those within a key or a
 *       value; {@code wg-quick} trims the key and the value.
 *   <li>If a key comes twice, the later one counts; AllowedIPs, Address, DNS and hooks add up.
 *   <li>Sections come in any order. Another [Interface] continues the first one.
 * </ul>
 *
 * <p>For one file.
 */
public final class ConfigParser {
    /** The placeholders that guides write. */
    private static final Pattern PLACEHOLDER = Pattern.compile(".*<[^<>]+>.*");

    /** The maximum length of a key's name, including spaces. */
    private static final int MAX_NAME = 64;

    private enum Section {
        NONE(null),
        INTERFACE("Interface"),
        PEER("Peer");

        final String text;

        Section(String text) {
            this.text = text;
        }
    }

    private final String source;
    private final boolean quick;

    private int number; // the line's number
    private Section section = Section.NONE;
    private boolean quickSection; // whether wg-quick also sees an [Interface] here
    private PrivateKey privateKey;
    private OptionalInt listenPort = OptionalInt.empty();
    private OptionalInt fwmark = OptionalInt.empty();
    private final List<PeerConfig> peers = new ArrayList<>();
    private final Map<PublicKey, Integer> lineOfPeer = new HashMap<>();
    private PeerSection peer;
    private final QuickValues quickValues = new QuickValues();

    private ConfigParser(String source, boolean quick) {
        this.source = source;
        this.quick = quick;
    }

    /**
     * Both halves of a file.
     *
     * @param device what {@code wg} reads; its keys are the caller's to wipe
     * @param quick what {@code wg-quick} reads
     */
    public record Parsed(DeviceConfig device, QuickConfig quick) {}

    /**
     * Reads a text.
     *
     * @param source how errors call it
     * @param text the lines
     * @param quick whether wg-quick's keys are keys
     * @return what it says
     * @throws ConfigException if a line is wrong
     */
    public static Parsed parseText(String source, String text, boolean quick)
            throws ConfigException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        List<ByteText> lines = List.of();
        try {
            lines = ConfigText.lines(source, bytes);
            return parse(source, lines, quick);
        } finally {
            ConfigText.wipe(lines);
            Arrays.fill(bytes, (byte) 0);
        }
    }

    /**
     * Reads a file of any name, which may be a pipe.
     *
     * @param path the file
     * @param quick whether wg-quick's keys are keys
     * @return what it says
     * @throws ConfigException if there is no such file or a line of it is wrong
     * @throws IOException if it cannot be read
     */
    public static Parsed parseFile(Path path, boolean quick) throws IOException {
        List<ByteText> lines = ConfigText.read(path);
        try {
            return parse(path.toString(), lines, quick);
        } finally {
            ConfigText.wipe(lines);
        }
    }

    /**
     * @param source how errors call the file
     * @param quick whether wg-quick's keys are keys
     */
    static Parsed parse(String source, List<ByteText> lines, boolean quick) throws ConfigException {
        ConfigParser parser = new ConfigParser(source, quick);
        try {
            for (ByteText line : lines) {
                parser.readLine(line);
            }
            parser.endPeer();
        } catch (ConfigException e) {
            if (parser.peer != null) {
                parser.peers.add(parser.peer.config());
            }
            parser.device().wipe();
            throw e;
        }
        return new Parsed(parser.device(), parser.quickValues.config());
    }

    private DeviceConfig device() {
        return new DeviceConfig(privateKey, listenPort, fwmark, peers);
    }

    private void readLine(ByteText line) throws ConfigException {
        number++;
        int equals = line.indexOf('=');
        refuseOddCharacters(line, equals);
        ConfigKey secret = equals < 0 ? null : secretKey(line.subSequence(0, equals));
        if (secret == null) {
            readHarmlessLine(line.toString());
            return;
        }
        checkPlace(secret);
        int end = line.indexOf('#');
        ByteText value =
                ConfigText.withoutSpaces(
                        line.subSequence(equals + 1, end < 0 ? line.length() : end));
        try {
            setSecret(secret, value);
        } catch (IllegalArgumentException e) {
            throw problem(secret, e.getMessage()); // which never repeats the value
        } finally {
            value.wipe();
        }
    }

    /**
     * Refuses odd characters. A comment may contain any, and so may a hook, which is for the shell.
     */
    private void refuseOddCharacters(ByteText line, int equals) throws ConfigException {
        int hash = line.indexOf('#');
        int end = hash < 0 ? line.length() : hash;
        int carriageReturnsTo = line.length();
        if (equals >= 0 && equals < end && equals <= MAX_NAME) {
            ConfigKey key = ConfigKey.find(ConfigText.trim(line.subSequence(0, equals).toString()));
            if (key != null && key.isHook()) {
                end = equals;
                carriageReturnsTo = equals;
            }
        }
        String found = OddCharacter.describe(line, end, carriageReturnsTo);
        if (found != null) {
            throw problem(null, found);
        }
    }

    /**
     * Returns the key if the line holds a secret, which must not become a String; null otherwise.
     */
    private static ConfigKey secretKey(ByteText name) {
        if (name.length() > MAX_NAME) {
            return null;
        }
        ConfigKey key = ConfigKey.find(ConfigText.withoutSpaces(name.toString()));
        return key == ConfigKey.PRIVATE_KEY || key == ConfigKey.PRESHARED_KEY ? key : null;
    }

    /** Reads a line without a secret. */
    private void readHarmlessLine(String line) throws ConfigException {
        String content = ConfigText.withoutComment(line);
        String bare = ConfigText.withoutSpaces(content);
        if (bare.isEmpty()) {
            return;
        }
        if (bare.startsWith("[")) {
            beginSection(bare, ConfigText.trim(content));
            return;
        }
        int equals = content.indexOf('=');
        String quickKey = ConfigText.trim(equals < 0 ? content : content.substring(0, equals));
        ConfigKey key = ConfigKey.find(quickKey);
        if (key == null || key.place != ConfigKey.Place.QUICK) {
            key = ConfigKey.find(ConfigText.withoutSpaces(quickKey));
            if (key != null && key.place == ConfigKey.Place.QUICK) {
                key = null; // wg-quick allows no space within a key, and wg does not know this one
            }
        }
        if (key == null) {
            throw unknown(quickKey, equals, content);
        }
        checkPlace(key);
        if (equals < 0) {
            throw problem(key, "expected " + key.text + " = VALUE");
        }
        try {
            String value = ConfigText.trim(content.substring(equals + 1));
            if (key.place != ConfigKey.Place.QUICK) {
                // The spaces of a list may show what was meant.
                String bareValue =
                        key == ConfigKey.ALLOWED_IPS ? value : ConfigText.withoutSpaces(value);
                setHarmless(key, bareValue);
            } else {
                String whole = ConfigText.trim(line.substring(equals + 1));
                setQuick(key, value, whole);
            }
        } catch (IllegalArgumentException e) {
            throw problem(key, e.getMessage()); // which never repeats the value
        }
    }

    private void beginSection(String bare, String trimmed) throws ConfigException {
        endPeer();
        quickSection = quick && trimmed.equalsIgnoreCase("[Interface]");
        if (bare.equalsIgnoreCase("[Interface]")) {
            section = Section.INTERFACE;
        } else if (bare.equalsIgnoreCase("[Peer]")) {
            section = Section.PEER;
            peer = new PeerSection(number);
        } else {
            section = Section.NONE;
            String foreign =
                    bare.endsWith("]")
                            ? ForeignName.explainSection(bare.substring(1, bare.length() - 1))
                            : null;
            throw problem(null, foreign == null ? "expected [Interface] or [Peer]" : foreign);
        }
    }

    private void checkPlace(ConfigKey key) throws ConfigException {
        if (section == Section.NONE) {
            throw problem(key, "stands before any section: expected [Interface] or [Peer] first");
        }
        switch (key.place) {
            case INTERFACE -> {
                if (section != Section.INTERFACE) {
                    throw problem(key, "belongs in the [Interface] section");
                }
            }
            case PEER -> {
                if (section != Section.PEER) {
                    throw problem(key, "belongs in a [Peer] section");
                }
            }
            case QUICK -> {
                if (!quick) {
                    throw problem(
                            key,
                            "is a key of wg-quick's, not of wg's: wgj strip leaves such keys out");
                }
                if (!quickSection) {
                    throw problem(key, "belongs in the [Interface] section");
                }
            }
        }
    }

    private void setSecret(ConfigKey key, CharSequence text) {
        requireValue(text);
        if (key == ConfigKey.PRIVATE_KEY) {
            PrivateKey read = Values.privateKey(text);
            if (privateKey != null) {
                privateKey.wipe();
            }
            privateKey = read;
        } else {
            PresharedKey read = Values.presharedKey(text);
            if (peer.presharedKey != null) {
                peer.presharedKey.wipe();
            }
            peer.presharedKey = read;
        }
    }

    private void setHarmless(ConfigKey key, String value) {
        requireValue(value);
        refusePlaceholder(key, value);
        switch (key) {
            case LISTEN_PORT -> listenPort = OptionalInt.of(Values.port(value));
            case FW_MARK -> fwmark = OptionalInt.of(Values.fwmark(value));
            case PUBLIC_KEY -> peer.publicKey = Values.publicKey(value);
            case ENDPOINT -> peer.endpoint = Values.endpoint(value);
            case ALLOWED_IPS -> peer.allowedIps = Values.allowedIps(peer.allowedIps, value);
            case PERSISTENT_KEEPALIVE -> peer.keepalive = OptionalInt.of(Values.keepalive(value));
            default -> throw new IllegalStateException(key.text);
        }
    }

    private static void requireValue(CharSequence text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("has no value");
        }
    }

    private void setQuick(ConfigKey key, String value, String whole) {
        if (!key.isHook()) { // a shell's < and > mark no placeholder
            refusePlaceholder(key, value);
        }
        quickValues.add(key, value, whole);
    }

    /** Refuses placeholders. {@link Values} has a better message for cryptographic keys. */
    private static void refusePlaceholder(ConfigKey key, String value) {
        if (!key.text.endsWith("Key") && PLACEHOLDER.matcher(value).matches()) {
            throw new IllegalArgumentException("this is a placeholder, to be filled in");
        }
    }

    private void endPeer() throws ConfigException {
        if (peer == null) {
            return;
        }
        PeerSection ended = peer;
        peer = null;
        peers.add(ended.config());
        if (ended.publicKey == null) {
            throw new ConfigException(
                    source, ended.line(), Section.PEER.text, null, "this peer has no PublicKey");
        }
        Integer before = lineOfPeer.put(ended.publicKey, ended.line());
        if (before != null) {
            throw new ConfigException(
                    source,
                    ended.line(),
                    Section.PEER.text,
                    ConfigKey.PUBLIC_KEY.text,
                    "the peer of line " + before + " has the same one: each peer has one section");
        }
    }

    private ConfigException unknown(String key, int equals, String content) {
        if (!Quote.isHarmless(key)) {
            boolean hasValue =
                    equals >= 0 && !ConfigText.trim(content.substring(equals + 1)).isEmpty();
            return problem(
                    null,
                    hasValue
                            ? "there is no key of this name, which is not repeated here: it may be"
                                    + " a secret"
                            : "expected KEY = VALUE");
        }
        String foreign = ForeignName.explainKey(ConfigText.withoutSpaces(key));
        if (foreign != null) {
            return problem(null, foreign);
        }
        Stream<ConfigKey> candidates =
                Arrays.stream(ConfigKey.values())
                        .filter(one -> quick || one.place != ConfigKey.Place.QUICK);
        ConfigKey meant = ConfigKey.similar(key, candidates);
        return problem(
                null,
                key.isEmpty() || equals < 0 && meant == null
                        ? "expected KEY = VALUE"
                        : "there is no key "
                                + Quote.of(key)
                                + (meant == null ? "" : "; did you mean " + meant.text + "?"));
    }

    private ConfigException problem(ConfigKey keyOrNull, String what) {
        return new ConfigException(
                source, number, section.text, keyOrNull == null ? null : keyOrNull.text, what);
    }
}
