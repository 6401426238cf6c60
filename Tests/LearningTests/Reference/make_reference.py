#!/usr/bin/env python3
"""Reference values of scikit-learn and numpy for LearningTests.

    python3 -m venv venv && venv/bin/pip install scikit-learn==1.9.1 pandas
    venv/bin/python make_reference.py ORDERS_CSV > reference.json

ORDERS_CSV is the public CDNOW file (customer_id, date, quantity, amount). Its buyers at 1998-07-01 are written beside
this script as buyers.csv (recency in days, orders, spend in cents). Everything else is drawn here from fixed seeds and written out with the results, so that
the tests compare on exactly the same numbers.
"""
import json
import pathlib
import sys

import numpy as np
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (accuracy_score, adjusted_rand_score, brier_score_loss, f1_score, log_loss, precision_score,
                             recall_score, roc_auc_score, silhouette_samples, silhouette_score)
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import RobustScaler, StandardScaler


def matrix(x):
    return {"rows": int(x.shape[0]), "columns": int(x.shape[1]), "values": [float(v) for v in x.reshape(-1)]}


def clusters():
    rng = np.random.default_rng(7)
    centers = np.array([[0, 0, 0], [4, 0, 1], [0, 5, -2], [5, 5, 3]], float)
    sizes = [90, 70, 60, 40]
    x = np.vstack([rng.normal(c, s, (n, 3)) for c, n, s in zip(centers, sizes, [0.8, 1.0, 0.6, 1.2])])
    x = np.vstack([x, rng.uniform(-4, 9, (20, 3)), x[:10]])  # scatter, and rows that occur twice
    x = np.round(x[rng.permutation(len(x))], 6)
    out = {"x": matrix(x), "kmeans": [], "dbscan": [], "ward": [], "kdistance": {}}
    for k in range(2, 9):
        m = KMeans(k, n_init=50, tol=1e-10, random_state=0).fit(x)
        out["kmeans"].append({"k": k, "inertia": float(m.inertia_), "labels": m.labels_.tolist(),
                              "silhouette": float(silhouette_score(x, m.labels_))})
    for eps, m in ((0.6, 5), (0.9, 6), (1.4, 6), (3.0, 10)):
        labels = DBSCAN(eps=eps, min_samples=m).fit_predict(x)
        kept = labels >= 0
        several = len(set(labels[kept])) > 1
        out["dbscan"].append({"eps": eps, "min_samples": m, "labels": labels.tolist(),
                              "silhouette": float(silhouette_score(x[kept], labels[kept])) if several else 0.0})
    for k in range(2, 9):
        labels = AgglomerativeClustering(k, linkage="ward").fit_predict(x)
        out["ward"].append({"k": k, "labels": labels.tolist(), "silhouette": float(silhouette_score(x, labels))})
    tree = AgglomerativeClustering(None, distance_threshold=0, linkage="ward").fit(x)
    out["ward_heights"] = [float(v) for v in tree.distances_]
    best = KMeans(4, n_init=10, random_state=0).fit(x)
    out["silhouette_samples"] = {"labels": best.labels_.tolist(),
                                 "values": [float(v) for v in silhouette_samples(x, best.labels_)]}
    distances = NearestNeighbors(n_neighbors=6).fit(x).kneighbors(x)[0][:, 5]
    out["kdistance"] = {"k": 6, "values": sorted(float(v) for v in distances)}
    a, b = rng.integers(0, 4, 200), rng.integers(-1, 3, 200)
    b[:120] = a[:120] % 3
    out["rand"] = [{"a": a.tolist(), "b": b.tolist(), "ari": float(adjusted_rand_score(a, b))},
                   {"a": best.labels_.tolist(), "b": out["ward"][2]["labels"],
                    "ari": float(adjusted_rand_score(best.labels_, out["ward"][2]["labels"]))}]
    pca = PCA(2).fit(x)
    out["pca_explained"] = [float(v) for v in pca.explained_variance_ratio_]
    return out


def models():
    rng = np.random.default_rng(11)
    n = 400
    x = np.column_stack([rng.normal(0, 1, n), rng.gamma(2, 1.5, n), rng.integers(0, 3, n), rng.normal(3, 4, n)])
    x[:, 3] += 2 * x[:, 0]
    y = rng.uniform(size=n) < 1 / (1 + np.exp(-(0.8 * x[:, 0] - 0.5 * x[:, 1] + 0.4 * x[:, 2] + 0.3)))
    x = np.round(x, 6)
    fits = []
    for c in (1.0, 0.05, 100.0):
        m = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-12, max_iter=500).fit(x, y)
        fits.append({"c": c, "weights": m.coef_[0].tolist(), "intercept": float(m.intercept_[0])})
    m = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12).fit(x, y)
    p = m.predict_proba(x)[:, 1]
    rounded = np.round(p, 1)
    hard = p >= 0.5
    unpenalised = LogisticRegression(C=1e12, solver="newton-cholesky", tol=1e-12).fit(p.reshape(-1, 1), y)
    iso = np.round(rng.normal(0, 1, 40) + np.linspace(-1, 1, 40), 6)
    weights = np.round(rng.uniform(0.2, 3, 40), 6)
    return {"x": matrix(x), "y": [bool(v) for v in y], "fits": fits, "probabilities": p.tolist(),
            "auc": float(roc_auc_score(y, p)), "auc_with_ties": float(roc_auc_score(y, rounded)),
            "rounded": rounded.tolist(), "brier": float(brier_score_loss(y, p)), "log_loss": float(log_loss(y, p)),
            "precision": float(precision_score(y, hard)), "recall": float(recall_score(y, hard)),
            "f1": float(f1_score(y, hard)), "accuracy": float(accuracy_score(y, hard)),
            "single": {"weight": float(unpenalised.coef_[0][0]), "intercept": float(unpenalised.intercept_[0])},
            "isotonic": {"values": iso.tolist(), "weights": weights.tolist(),
                         "fitted": IsotonicRegression().fit(np.arange(40), iso, weights).predict(np.arange(40)).tolist()}}


def scaling():
    rng = np.random.default_rng(3)
    x = np.column_stack([rng.lognormal(0, 1.2, 101), rng.normal(50, 7, 101), rng.integers(0, 2, 101) * 1.0,
                         np.where(np.arange(101) < 95, 4.0, 9.0)])
    x = np.round(x, 6)
    robust = RobustScaler(quantile_range=(25, 75)).fit(x)
    iqr = np.percentile(x, 75, axis=0) - np.percentile(x, 25, axis=0)
    scale = np.where(iqr > 0, iqr / 1.349, x.std(axis=0))
    low, high = np.percentile(x, 5, axis=0), np.percentile(x, 95, axis=0)
    clipped = np.clip(x, low, high)
    spread = np.where(clipped.std(axis=0) > 0, clipped.std(axis=0), 1)
    qs = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.999, 1]
    return {"x": matrix(x), "z": matrix(StandardScaler().fit_transform(x)),
            "robust": matrix(np.clip((x - robust.center_) / scale, -5, 5)),
            "clipped": matrix((clipped - clipped.mean(axis=0)) / spread),
            "quantiles": [{"q": q, "value": float(np.quantile(x[:, 0], q))} for q in qs]}


def orders(path):
    import pandas as pd
    d = pd.read_csv(path, parse_dates=["date"])
    t = pd.Timestamp("1998-07-01")
    g = d[d.date < t].groupby("customer_id")
    f = pd.DataFrame({"recency": (t - g.date.max()).dt.days, "count": g.size(), "spend": g.amount.sum()})
    f = f[f.spend > 0].to_numpy(float)
    with open(pathlib.Path(__file__).with_name("buyers.csv"), "w") as out:
        out.write("recency_days,order_count,spend_cents\n")
        out.writelines(f"{int(r)},{int(n)},{round(s * 100)}\n" for r, n, s in f)
    f[:, 2] = np.round(f[:, 2] * 100) / 100
    low, high = np.percentile(f, 5, axis=0), np.percentile(f, 95, axis=0)
    c = np.clip(f, low, high)
    z = (c - c.mean(axis=0)) / c.std(axis=0)
    m = KMeans(3, n_init=10, tol=1e-6, random_state=0).fit(z)
    rng = np.random.default_rng(0)
    s = np.column_stack([rng.permutation(z[:, j]) for j in range(3)])
    null = KMeans(3, n_init=10, random_state=0).fit(s)
    return {"rows": len(f), "inertia": float(m.inertia_), "sizes": sorted(np.bincount(m.labels_).tolist()),
            "silhouette": float(silhouette_score(z, m.labels_)),
            "null": float(silhouette_score(s, null.labels_, sample_size=6000, random_state=0))}


if __name__ == "__main__":
    result = {"clusters": clusters(), "models": models(), "scaling": scaling(), "orders": orders(sys.argv[1])}
    json.dump(result, sys.stdout, indent=None, separators=(",", ":"))
    print()
