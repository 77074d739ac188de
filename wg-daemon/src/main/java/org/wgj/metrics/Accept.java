// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import java.util.Locale;

/** Chooses a format by the header Accept (RFC 9110 12.5.1). */
final class Accept {
    private static final String OPEN_METRICS = "application/openmetrics-text";

    private Accept() {}

    /**
     * Returns the format that the client likes better. Prometheus' text is the answer to all that
     * ask for neither.
     *
     * @param header with its values separated by commas; may be empty
     */
    static Exposition.Format choose(String header) {
        double open = 0;
        double text = 0;
        for (String each : header.toLowerCase(Locale.ROOT).split(",")) {
            String[] words = each.split(";", -1);
            String type = words[0].strip();
            String version = "";
            double quality = 1;
            for (int i = 1; i < words.length; i++) {
                String word = words[i].strip();
                if (word.startsWith("version=")) {
                    version = word.substring("version=".length()).replace("\"", "");
                } else if (word.startsWith("q=")) {
                    quality = quality(word.substring("q=".length()));
                }
            }
            if (type.equals(OPEN_METRICS) && (version.isEmpty() || version.equals("1.0.0"))) {
                open = Math.max(open, quality);
            } else if (type.equals("text/plain")
                    && (version.isEmpty() || version.equals("0.0.4"))) {
                text = Math.max(text, quality);
            }
        }
        return open > 0 && open >= text ? Exposition.Format.OPEN_METRICS : Exposition.Format.TEXT;
    }

    private static double quality(String text) {
        return text.matches("[01](\\.[0-9]{0,3})?") ? Double.parseDouble(text) : 0;
    }
}
