package org.wgj.udp;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which Linux this is, for what cannot be found out by trying. */
final class Kernel {
    private static final Pattern RELEASE = Pattern.compile("(\\d{1,6})\\.(\\d{1,6}).*");

    private Kernel() {}

    /** Whether the running kernel is that release or a newer one. */
    static boolean isAtLeast(int major, int minor) {
        return isAtLeast(System.getProperty("os.version"), major, minor);
    }

    /**
     * @param release such as {@code 6.18.44-amd64}; what cannot be read is taken for an old one
     */
    static boolean isAtLeast(String release, int major, int minor) {
        Matcher matcher = RELEASE.matcher(release);
        if (!matcher.matches()) {
            return false;
        }
        int itsMajor = Integer.parseInt(matcher.group(1));
        int itsMinor = Integer.parseInt(matcher.group(2));
        return itsMajor > major || itsMajor == major && itsMinor >= minor;
    }
}
