#!/usr/bin/env python3
"""Reference values of XGBoost, scikit-learn and scipy for the later models of LearningTests.

    python3 -m venv venv && venv/bin/pip install xgboost==1.7.4 scikit-learn==1.9.1 scipy==1.17.1
    venv/bin/pip download --no-deps lifetimes==0.11.3 && unzip Lifetimes-*.whl 'lifetimes/datasets/*summary.csv'
    venv/bin/python make_models_reference.py lifetimes/datasets/cdnow_customers_summary.csv > models.json

The summary is the public 1/10 sample of CDNOW in weeks (frequency, recency, T), on which Fader, Hardie and Lee (2005)
published r = 0.243, alpha = 4.414, a = 0.793, b = 2.426. It is written beside this script as cdnow_sample.csv.
"""
import csv
import json
import pathlib
import sys

import numpy as np
import xgboost
from scipy import optimize, special, stats
from sklearn.isotonic import IsotonicRegression


def table(x):
    return {"rows": int(x.shape[0]), "columns": int(x.shape[1]), "values": [float(v) for v in x.reshape(-1)]}


def boosting():
    rng = np.random.default_rng(21)
    n = 500
    x = np.column_stack([rng.normal(0, 1, n), rng.gamma(2, 1.5, n), rng.integers(0, 4, n), rng.normal(3, 4, n)])
    x = np.round(x, 4)
    z = 1.2 * np.sin(2 * x[:, 0]) - 0.6 * x[:, 1] + 0.5 * x[:, 0] * (x[:, 2] > 1) + 0.8
    y = rng.uniform(size=n) < 1 / (1 + np.exp(-z))
    data = xgboost.DMatrix(x.astype(np.float32), label=y.astype(int))
    share = float(np.mean(y))
    common = {"objective": "binary:logistic", "tree_method": "hist", "nthread": 1, "base_score": share}
    fits = []
    for depth, rounds, rate, weight, monotone in ((3, 40, 0.1, 5, None), (5, 15, 0.3, 1, None), (3, 30, 0.1, 5, [0, -1, 1, 0])):
        given = dict(common, max_depth=depth, eta=rate, min_child_weight=weight)
        if monotone:
            given["monotone_constraints"] = "(" + ",".join(map(str, monotone)) + ")"
        model = xgboost.train(given, data, rounds)
        margins = model.predict(data, output_margin=True)
        parts = model.predict(data, pred_contribs=True)
        fits.append({"depth": depth, "rounds": rounds, "rate": rate, "min_child_weight": weight, "monotone": monotone or [],
                     "margins": [float(v) for v in margins[:60]], "parts": table(parts[:60]),
                     "model": bytes(model.save_raw("json")).decode()})
    return {"x": table(x), "y": [bool(v) for v in y], "fits": fits}


def isotonic():
    rng = np.random.default_rng(4)
    scores = np.round(rng.normal(0, 2, 300), 1)
    labels = rng.uniform(size=300) < 0.1 + 0.8 / (1 + np.exp(-scores))
    fit = IsotonicRegression(out_of_bounds="clip").fit(scores, labels.astype(float))
    at = np.round(np.linspace(-4.5, 4.5, 61), 3)
    return {"scores": scores.tolist(), "labels": [bool(v) for v in labels], "at": at.tolist(),
            "fitted": fit.predict(at).tolist()}


def log_likelihood(logs, x, tx, t):
    """Per customer, as printed in the paper: a plain sum of the two products."""
    r, alpha, a, b = np.exp(logs)
    gamma = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    alive = special.betaln(a, b + x) - special.betaln(a, b) + gamma - (r + x) * np.log(alpha + t)
    with np.errstate(all="ignore"):
        gone = special.betaln(a + 1, b + x - 1) - special.betaln(a, b) + gamma - (r + x) * np.log(alpha + tx)
    return np.where(x > 0, np.logaddexp(alive, np.where(x > 0, gone, 0)), alive)


def expected(p, x, tx, t, ahead):
    """Equation 10 of the paper, in its own form."""
    r, alpha, a, b = p
    f = special.hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + t + ahead))
    top = (a + b + x - 1) / (a - 1) * (1 - ((alpha + t) / (alpha + t + ahead)) ** (r + x) * f)
    return top / (1 + (x > 0) * a / (b + x - 1 + (x == 0)) * ((alpha + t) / (alpha + tx)) ** (r + x))


def lifetime(path):
    rows = [tuple(float(row[k]) for k in ("frequency", "recency", "T")) for row in csv.DictReader(open(path))]
    with open(pathlib.Path(__file__).with_name("cdnow_sample.csv"), "w") as out:
        out.write("frequency,recency_weeks,age_weeks\n")
        out.writelines(f"{int(x)},{tx:g},{t:g}\n" for x, tx, t in rows)
    x, tx, t = (np.array([float(f"{v:g}") for v in column]) for column in zip(*rows))
    start = np.log([1.0, 5.0, 1.0, 1.0])
    fit = optimize.minimize(lambda q: -log_likelihood(q, x, tx, t).mean(), start, method="Nelder-Mead",
                            options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 20_000, "maxfev": 20_000})
    p = np.exp(fit.x)
    r, alpha, a, b = p
    chosen = list(range(0, len(x), 97)) + [int(np.argmax(x))]
    people = []
    for i in chosen:
        alive = 1 / (1 + (x[i] > 0) * a / (b + x[i] - 1 + (x[i] == 0)) * ((alpha + t[i]) / (alpha + tx[i])) ** (r + x[i]))
        # Nothing bought in the next weeks: the likelihood of the same history observed for longer, over that of today.
        silent = [float(np.exp(log_likelihood(fit.x, x[i:i + 1], tx[i:i + 1], t[i:i + 1] + w)
                               - log_likelihood(fit.x, x[i:i + 1], tx[i:i + 1], t[i:i + 1]))[0]) for w in (4.0, 13.0)]
        people.append({"frequency": int(x[i]), "recency": float(tx[i]), "age": float(t[i]), "alive": float(alive),
                       "expected": [float(expected(p, x[i], tx[i], t[i], w)) for w in (4.0, 39.0)], "silent": silent})
    return {"rows": len(x), "r": r, "alpha": alpha, "a": a, "b": b,
            "log_likelihood": float(log_likelihood(fit.x, x, tx, t).sum()), "people": people}


def wilson(k, n):
    z = stats.norm.ppf(0.975)
    half = z * np.sqrt(k / n * (1 - k / n) / n + z * z / (4 * n * n))
    return (k / n + z * z / (2 * n) - half) / (1 + z * z / n), (k / n + z * z / (2 * n) + half) / (1 + z * z / n)


def differences():
    out = []
    for k1, n1, k2, n2 in ((56, 70, 48, 80), (9, 10, 3, 10), (0, 20, 0, 10), (450, 9000, 40, 1000)):
        (l1, u1), (l2, u2) = wilson(k1, n1), wilson(k2, n2)
        d = k1 / n1 - k2 / n2
        low = d - np.sqrt((k1 / n1 - l1) ** 2 + (u2 - k2 / n2) ** 2)
        high = d + np.sqrt((u1 - k1 / n1) ** 2 + (k2 / n2 - l2) ** 2)
        out.append({"treated": [k1, n1], "held": [k2, n2], "difference": d, "lower": low, "upper": high})
    return out


def sample_sizes():
    out = []
    for base, lift, share, power in ((0.3, 0.05, 0.5, 0.8), (0.05, 0.01, 0.1, 0.8), (0.7, -0.1, 0.2, 0.9)):
        z1, z2 = stats.norm.ppf(0.975), stats.norm.ppf(power)
        p1, p2 = base + lift, base
        mean = p1 * (1 - share) + p2 * share
        total = (z1 * np.sqrt(mean * (1 - mean) * (1 / share + 1 / (1 - share)))
                 + z2 * np.sqrt(p1 * (1 - p1) / (1 - share) + p2 * (1 - p2) / share)) ** 2 / lift ** 2
        out.append({"base": base, "lift": lift, "share": share, "power": power, "total": float(total)})
    return out


def assignments():
    rng = np.random.default_rng(9)
    out = []
    for rows, columns in ((4, 4), (6, 4), (3, 7), (9, 9)):
        cost = np.round(rng.uniform(0, 3, (rows, columns)), 3)
        i, j = optimize.linear_sum_assignment(cost)
        out.append({"cost": table(cost), "total": float(cost[i, j].sum())})
    return out


def drift():
    rng = np.random.default_rng(2)
    old, new = rng.normal(0, 1, 400), rng.normal(0.4, 1.2, 300)
    edges = np.quantile(old, np.arange(1, 10) / 10)
    before = np.bincount(np.searchsorted(edges, old, side="left"), minlength=10) / len(old)
    after = np.bincount(np.searchsorted(edges, new, side="left"), minlength=10) / len(new)
    return {"old": old.tolist(), "new": new.tolist(), "psi": float(np.sum((after - before) * np.log(after / before)))}


def normal_quantiles():
    return [{"p": p, "z": float(stats.norm.ppf(p))} for p in (1e-12, 0.001, 0.02425, 0.1, 0.5, 0.8, 0.975, 0.999999)]


if __name__ == "__main__":
    result = {"boosting": boosting(), "isotonic": isotonic(), "lifetime": lifetime(sys.argv[1]),
              "differences": differences(), "sample_sizes": sample_sizes(), "assignments": assignments(),
              "drift": drift(), "normal_quantiles": normal_quantiles()}
    json.dump(result, sys.stdout, indent=None, separators=(",", ":"))
    print()
