"""Planning: what must happen when, given windows, gates, shared resources and clocks that run out.

``basis.build`` turns a plan basis into a ``problem.Problem``; ``solve.solve`` plans it,
``check.check`` judges any plan without knowing a solver, ``explain.explain`` names what forbids one,
``replan.replan`` repairs a plan after a change, and ``basis.to_schedule`` hands the result back.
"""
