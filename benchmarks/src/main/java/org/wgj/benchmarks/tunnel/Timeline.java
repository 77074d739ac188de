// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import java.util.Locale;
import java.util.OptionalDouble;

/** Draws the first seconds of new daemons as SVG: a line for each pair, medians over the rounds. */
final class Timeline {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 360;
    private static final int LEFT = 50;
    private static final int RIGHT = 190; // room for the names
    private static final int TOP = 60;
    private static final int BOTTOM = 40;

    private final ColdStart cold;
    private final double most;
    private final StringBuilder out = new StringBuilder();

    private Timeline(ColdStart cold) {
        this.cold = cold;
        double found = 0;
        for (ColdPair pair : cold.pairs()) {
            for (int second = 0; second < cold.seconds(); second++) {
                found = Math.max(found, cold.median(pair, second).orElse(0));
            }
        }
        most = Math.max(1, Math.ceil(found));
    }

    static String of(ColdStart cold, String unit) {
        return new Timeline(cold).draw(unit);
    }

    private String draw(String unit) {
        line(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                        + " viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">",
                WIDTH, HEIGHT, WIDTH, HEIGHT);
        line("<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#ffffff\"/>", WIDTH, HEIGHT);
        line(
                "<text x=\"20\" y=\"28\" font-size=\"17\" font-weight=\"bold\">One stream of TCP"
                        + " from the start of both daemons</text>");
        line(
                "<text x=\"20\" y=\"46\" fill=\"#57606a\">%s over seconds since the first"
                        + " byte</text>",
                unit);
        for (int level = 0; level <= most; level++) {
            line(
                    "<path d=\"M%d %.1fH%d\" stroke=\"#d0d7de\"/><text x=\"%d\" y=\"%.1f\""
                            + " text-anchor=\"end\" fill=\"#57606a\">%d</text>",
                    LEFT, y(level), WIDTH - RIGHT, LEFT - 6, y(level) + 4, level);
        }
        for (int second = 1; second <= cold.seconds(); second++) {
            line(
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#57606a\">%d</text>",
                    x(second - 1), HEIGHT - BOTTOM + 18, second);
        }
        int key = TOP + 10;
        for (ColdPair pair : cold.pairs()) {
            draw(pair, key);
            key += 20;
        }
        line("</svg>");
        return out.toString();
    }

    private void draw(ColdPair pair, int key) {
        StringBuilder path = new StringBuilder();
        for (int second = 0; second < cold.seconds(); second++) {
            OptionalDouble value = cold.median(pair, second);
            if (value.isPresent()) {
                path.append(
                        String.format(
                                Locale.ROOT,
                                "%s%.1f %.1f",
                                path.isEmpty() ? "M" : "L",
                                x(second),
                                y(value.getAsDouble())));
            }
        }
        String stroke =
                "stroke=\"%s\" stroke-width=\"2\" fill=\"none\"%s"
                        .formatted(
                                colour(pair), pair.isUniform() ? "" : " stroke-dasharray=\"5 4\"");
        line("<path d=\"%s\" %s/>", path, stroke);
        int left = WIDTH - RIGHT + 16;
        line("<path d=\"M%d %dh24\" %s/>", left, key - 4, stroke);
        line("<text x=\"%d\" y=\"%d\">%s</text>", left + 32, key, pair.label());
    }

    private static String colour(ColdPair pair) {
        return switch (pair) {
            case WGJ, WGJ_SENDS -> "#2da44e";
            case WIREGUARD_GO, WGJ_RECEIVES -> "#54aeff";
        };
    }

    private double x(int second) {
        return LEFT + (second + 0.5) * (WIDTH - LEFT - RIGHT) / cold.seconds();
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM);
    }

    private void line(String format, Object... arguments) {
        out.append(String.format(Locale.ROOT, format, arguments)).append('\n');
    }
}
